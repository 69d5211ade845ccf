import { type TableFiguresFragment, TableListDocument } from "../generated/api.ts";
import { type DatasetReference, nameOf, referenceOf } from "../options/dataset.ts";
import { readManifestHash } from "./dataset-revision.ts";
import { query } from "./graphql.ts";
import { requireFound } from "./not-found.ts";
import type { Connection } from "./request.ts";

/** The tables of a dataset's revision that something was written to. @throws NotFoundError */
export async function readTables(connection: Connection, dataset: DatasetReference): Promise<TableFiguresFragment[]> {
  const manifestHash = await readManifestHash(connection, dataset);
  const found = await query(connection, TableListDocument, { reference: nameOf(dataset), manifestHash });
  return requireFound(found.dataset, "dataset", nameOf(dataset)).tables;
}

/** One of them by its name. @throws NotFoundError */
export async function findTable(
  connection: Connection,
  dataset: DatasetReference,
  name: string,
): Promise<TableFiguresFragment> {
  const tables = await readTables(connection, dataset);
  return requireFound(tables.find((table) => table.name === name) ?? null, "table", `${referenceOf(dataset)} ${name}`);
}
