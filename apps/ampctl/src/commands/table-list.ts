import { readTables } from "../client/table.ts";
import type { Context } from "../context.ts";
import { type DatasetReference, referenceOf } from "../options/dataset.ts";
import type { Column } from "../output/table.ts";
import { formatBytes, formatCount } from "../output/units.ts";
import { tableDocument } from "../views/table.ts";

const COLUMNS: readonly Column[] = [
  { header: "TABLE", least: 12 },
  { header: "FROM", align: "right", dropAt: 2 },
  { header: "TO", align: "right" },
  { header: "ROWS", align: "right", dropAt: 1 },
  { header: "FILES", align: "right", dropAt: 3 },
  { header: "SIZE", align: "right" },
  { header: "LOCATION", least: 20, dropAt: 4 },
];

/** `ampctl table list` */
export async function tableList(
  { server, output, isJson }: Context,
  _: object,
  dataset: DatasetReference,
): Promise<undefined> {
  const tables = await readTables(server, dataset);
  if (isJson) {
    output.json({ tables: tables.map(tableDocument) });
    return;
  }
  const rows = tables.map((table) => [
    table.name,
    table.startBlock ?? "–",
    table.currentBlock ?? "–",
    formatCount(table.rowCount),
    formatCount(table.filesCount),
    formatBytes(BigInt(table.totalSizeBytes)),
    table.location ?? "–",
  ]);
  output.table(COLUMNS, rows, `nothing is written to dataset ${referenceOf(dataset)} yet`);
}
