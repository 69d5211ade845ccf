import { query } from "../client/graphql.ts";
import { requireFound } from "../client/not-found.ts";
import { findTable } from "../client/table.ts";
import type { Context } from "../context.ts";
import { TableInspectDocument, type TableInspectQuery } from "../generated/api.ts";
import { type DatasetReference, nameOf } from "../options/dataset.ts";
import { type Cell, NONE } from "../output/cell.ts";
import { type Field, renderDetails } from "../output/details.ts";
import { type Column, renderTable } from "../output/table.ts";
import { formatBytes, formatCount } from "../output/units.ts";
import { tableDocument } from "../views/table.ts";

type Table = NonNullable<TableInspectQuery["table"]>;

const COLUMN_COLUMNS: readonly Column[] = [
  { header: "COLUMN", least: 10 },
  { header: "TYPE", least: 10 },
  { header: "NULL", dropAt: 1 },
];

/** More are told by their number. */
const SHOWN_RANGES = 10;

/** `ampctl table inspect` */
export async function tableInspect(
  context: Context,
  _: object,
  dataset: DatasetReference,
  name: string,
): Promise<undefined> {
  const { server, output, isJson } = context;
  const { id } = await findTable(server, dataset, name);
  const found = await query(server, TableInspectDocument, { id });
  const table = requireFound(found.table, "table", `${nameOf(dataset)} ${name}`);
  if (isJson) {
    output.json(toDocument(table));
    return;
  }
  const layout = { width: output.width, paint: output.paint, indent: 2 };
  const columns = table.columns.map((column) => [column.name, column.type, column.isNullable ? "yes" : "no"]);
  output.lines([
    output.title(`Table ${name} of ${nameOf({ namespace: table.datasetNamespace, name: table.datasetName })}`),
    ...renderDetails(toFields(table), layout),
    "",
    ...renderTable(COLUMN_COLUMNS, columns, layout),
  ]);
}

function toFields(table: Table): Field[] {
  const isEmpty = table.startBlock === null || table.currentBlock === null;
  return [
    ["Manifest", table.manifestHash],
    ["Revision", table.revision],
    ["Blocks", isEmpty ? NONE : `${table.startBlock} to ${table.currentBlock}`],
    ["Missing", missingCells(table)],
    ["Rows", formatCount(table.rowCount)],
    ["Files", formatCount(table.filesCount)],
    ["Size", formatBytes(BigInt(table.totalSizeBytes))],
    ["Location", table.location ?? NONE],
  ];
}

function missingCells({ missingRanges }: Table): Cell[] {
  if (missingRanges.length === 0) return ["none"];
  const shown = missingRanges.slice(0, SHOWN_RANGES);
  const more = missingRanges.length - shown.length;
  return [
    ...shown.map(({ startBlock, endBlock }): Cell => ({ text: `${startBlock} to ${endBlock}`, style: "yellow" })),
    ...(more > 0 ? [`and ${more} more ranges`] : []),
  ];
}

function toDocument(table: Table): object {
  return {
    ...tableDocument(table),
    missing_ranges: table.missingRanges.map(({ startBlock, endBlock }) => ({
      start_block: BigInt(startBlock),
      end_block: BigInt(endBlock),
    })),
    columns: table.columns.map(({ name, type, isNullable }) => ({ name, type, nullable: isNullable })),
  };
}
