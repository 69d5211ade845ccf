import { type ChainFile, type ChainProgress, inOrder } from "../domain/canonical-chain.ts";
import type { BlockHash } from "../domain/segment-file.ts";
import type { Database } from "./database.ts";
import type { TableFile } from "./generated/client.ts";

/** A registered file in the words of the canonical chain. */
export type FileRow = ChainFile & {
  readonly id: bigint;
  readonly name: string;
  readonly canonical: boolean;
};

/** What a publish at some block has to know of the files before and behind it. */
export type Neighbourhood = {
  readonly progress: ChainProgress;
  readonly chainVersion: number;
  readonly before: FileRow | undefined;
  readonly following: readonly FileRow[];
};

/** Every file of a table, by start block. */
export async function listFiles(database: Database, tableId: bigint): Promise<FileRow[]> {
  const rows = await database.prisma.tableFile.findMany({ where: { tableId }, orderBy: { startBlock: "asc" } });
  return rows.map(toFileRow);
}

/** The canonical file that ends at the highest block not above `block`, or the last of all. */
export async function lastCanonicalFile(
  database: Database,
  tableId: bigint,
  block?: bigint,
): Promise<FileRow | undefined> {
  const row = await database.prisma.tableFile.findFirst({
    where: { tableId, canonical: true, ...(block === undefined ? {} : { endBlock: { lte: block } }) },
    orderBy: { startBlock: "desc" },
  });
  return row === null ? undefined : toFileRow(row);
}

/** Reads the sums, the last canonical file that the walk meets before `file`, and every file behind that one. */
export async function filesFrom(database: Database, tableId: bigint, file: ChainFile): Promise<Neighbourhood> {
  const { prisma } = database;
  const [table, candidates, rows] = await prisma.$transaction([
    prisma.datasetTable.findUniqueOrThrow({ where: { id: tableId } }),
    // A chain has at most one file that starts where this one does, and the walk may meet it before or after.
    prisma.tableFile.findMany({
      where: { tableId, canonical: true, startBlock: { lte: file.start } },
      orderBy: { startBlock: "desc" },
      take: 2,
    }),
    prisma.tableFile.findMany({
      where: { tableId, startBlock: { gte: file.start } },
      orderBy: [{ startBlock: "asc" }, { createdAtNs: "desc" }],
    }),
  ]);
  const before = candidates.map(toFileRow).find((row) => inOrder([row, file])[0] === row);
  return {
    progress: table,
    chainVersion: table.chainVersion,
    before,
    following: rows.map(toFileRow).filter(({ id }) => id !== before?.id),
  };
}

function toFileRow(row: TableFile): FileRow {
  const { id, name, canonical, network, timestamp, sizeBytes, rowCount, createdAtNs } = row;
  return {
    id,
    name,
    canonical,
    network,
    timestamp,
    sizeBytes,
    rowCount,
    createdAtNs,
    start: row.startBlock,
    end: row.endBlock,
    // Written from checked hashes only.
    hash: row.hash as BlockHash,
    prevHash: row.prevHash as BlockHash,
  };
}
