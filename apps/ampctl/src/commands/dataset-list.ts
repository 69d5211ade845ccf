import { allPages } from "../client/all-pages.ts";
import { query } from "../client/graphql.ts";
import { getJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import { DatasetListDocument } from "../generated/api.ts";
import { nameOf } from "../options/dataset.ts";
import { NONE } from "../output/cell.ts";
import type { Column } from "../output/table.ts";
import { formatAge } from "../output/units.ts";

const COLUMNS: readonly Column[] = [
  { header: "DATASET", least: 12 },
  { header: "LATEST", least: 6 },
  { header: "VERSIONS", align: "right", dropAt: 2 },
  { header: "NETWORK", least: 8, dropAt: 1 },
  { header: "TABLES", least: 8, dropAt: 3 },
  { header: "AGE", align: "right", dropAt: 4 },
];

/** `ampctl dataset list` */
export async function datasetList({ server, output, io, isJson }: Context): Promise<undefined> {
  if (isJson) {
    output.rawJson(await getJsonText(server, "/datasets"));
    return;
  }
  const datasets = await allPages(async (after) => (await query(server, DatasetListDocument, { after })).datasets);
  const now = io.now();
  const rows = datasets.map(({ dev, versions, createdAt, ...dataset }) => [
    nameOf(dataset),
    versions[0]?.version ?? NONE,
    String(versions.length),
    dev.network,
    dev.tables.join(", "),
    formatAge(new Date(createdAt), now),
  ]);
  output.table(COLUMNS, rows, "no datasets are registered");
}
