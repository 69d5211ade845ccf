import { query } from "../client/graphql.ts";
import { requireFound } from "../client/not-found.ts";
import { findTable } from "../client/table.ts";
import type { Context } from "../context.ts";
import { TableFilesDocument, type TableFilesQuery } from "../generated/api.ts";
import { type DatasetReference, nameOf } from "../options/dataset.ts";
import type { Column } from "../output/table.ts";
import { formatBytes, formatCount, formatTime } from "../output/units.ts";

export type TableFilesOptions = {
  readonly limit: number;
  readonly after?: string;
  /** Also those off the canonical chain. */
  readonly all?: true;
};

type File = NonNullable<TableFilesQuery["table"]>["files"]["nodes"][number];

const COLUMNS: readonly Column[] = [
  { header: "FROM", align: "right" },
  { header: "TO", align: "right" },
  { header: "ROWS", align: "right", dropAt: 2 },
  { header: "SIZE", align: "right", dropAt: 1 },
  { header: "FILE", least: 16, dropAt: 3 },
  { header: "CREATED", dropAt: 4 },
];

/** `ampctl table files` */
export async function tableFiles(
  { server, output, isJson }: Context,
  { limit, after, all }: TableFilesOptions,
  dataset: DatasetReference,
  name: string,
): Promise<undefined> {
  const { id } = await findTable(server, dataset, name);
  const canonical = all === true ? null : true;
  const found = await query(server, TableFilesDocument, { id, first: limit, after: after ?? null, canonical });
  const { files } = requireFound(found.table, "table", `${nameOf(dataset)} ${name}`);
  const next = files.pageInfo.hasNextPage ? files.pageInfo.endCursor : null;
  if (isJson) {
    const nextCursor = next === null ? {} : { next_cursor: next };
    output.json({ files: files.nodes.map(toDocument), total_count: BigInt(files.totalCount), ...nextCursor });
    return;
  }
  const columns = all === true ? [...COLUMNS, { header: "CANONICAL" }] : COLUMNS;
  output.table(columns, files.nodes.map(toRow), "no files");
  if (next !== null) output.note(`${files.nodes.length} of ${files.totalCount} files; the next ones: --after ${next}`);
}

function toRow(file: File): string[] {
  return [
    file.startBlock,
    file.endBlock,
    formatCount(file.rowCount),
    formatBytes(BigInt(file.sizeBytes)),
    file.name,
    formatTime(new Date(file.createdAt)),
    file.isCanonical ? "yes" : "no",
  ];
}

function toDocument(file: File): object {
  return {
    name: file.name,
    start_block: BigInt(file.startBlock),
    end_block: BigInt(file.endBlock),
    row_count: BigInt(file.rowCount),
    size_bytes: BigInt(file.sizeBytes),
    canonical: file.isCanonical,
    hash: file.hash,
    created_at: file.createdAt,
  };
}
