import { parseManifest } from "../domain/manifest.ts";
import type { Database } from "./database.ts";
import { type DatasetKey, type DatasetRow, type ManifestRow, withOrderedVersions } from "./dataset.ts";
import { Prisma } from "./generated/client.ts";
import type { NamePage } from "./name-page.ts";
import { LOCATED, type LocatedTable, type TablesKey } from "./table.ts";

/** A page of the datasets by namespace and name, in that order whatever the direction of reading. */
export async function pageDatasets(
  database: Database,
  page: NamePage<readonly [string, string]>,
): Promise<DatasetRow[]> {
  const { limit, after, before, fromEnd = false } = page;
  const direction = fromEnd ? Prisma.sql`desc` : Prisma.sql`asc`;
  const keys = await database.prisma.$queryRaw<DatasetKey[]>`
    select namespace, name from dataset
    where ${after === undefined ? Prisma.sql`true` : Prisma.sql`(namespace, name) > (${after[0]}, ${after[1]})`}
      and ${before === undefined ? Prisma.sql`true` : Prisma.sql`(namespace, name) < (${before[0]}, ${before[1]})`}
    order by namespace ${direction}, name ${direction} limit ${limit}`;
  return findDatasets(database, keys);
}

export function countDatasets(database: Database): Promise<number> {
  return database.prisma.dataset.count();
}

/** Those of the datasets that there are, by namespace and name. */
export async function findDatasets(database: Database, keys: readonly DatasetKey[]): Promise<DatasetRow[]> {
  if (keys.length === 0) return [];
  // Names of one namespace are one condition.
  const namespaces = Map.groupBy(keys, ({ namespace }) => namespace);
  const rows = await database.prisma.dataset.findMany({
    where: {
      OR: [...namespaces].map(([namespace, named]) => ({ namespace, name: { in: named.map(({ name }) => name) } })),
    },
    include: { versions: true },
    orderBy: [{ namespace: "asc" }, { name: "asc" }],
  });
  return rows.map(withOrderedVersions);
}

/** Those of the manifests that there are. */
export async function findManifests(database: Database, hashes: readonly string[]): Promise<ManifestRow[]> {
  const rows = await database.prisma.manifest.findMany({ where: { hash: { in: [...hashes] } } });
  return rows.map(({ hash, content }) => ({ ...parseManifest(content), hash, content }));
}

/** Those of the keys whose manifest was registered under the dataset's name. */
export function findLinkedManifests(database: Database, keys: readonly TablesKey[]): Promise<TablesKey[]> {
  return database.prisma.$queryRaw<TablesKey[]>`
    select namespace, name, manifest_hash as "manifestHash" from dataset_manifest
    where (namespace, name, manifest_hash) in (values ${Prisma.join(keys.map(toValues))})`;
}

/** The active tables of many manifests of datasets that something was ever written to, in the order of their making. */
export async function listTablesOf(database: Database, keys: readonly TablesKey[]): Promise<LocatedTable[]> {
  const rows = await database.prisma.$queryRaw<{ id: bigint }[]>`
    select id from dataset_table
    where active and last_file_ns is not null
      and (namespace, name, manifest_hash) in (values ${Prisma.join(keys.map(toValues))})`;
  return findTables(
    database,
    rows.map(({ id }) => id),
  );
}

/** Those of the tables that there are, in the order of their making. */
export function findTables(database: Database, ids: readonly bigint[]): Promise<LocatedTable[]> {
  return database.prisma.datasetTable.findMany({
    where: { id: { in: [...ids] } },
    include: LOCATED,
    orderBy: { id: "asc" },
  });
}

function toValues({ namespace, name, manifestHash }: TablesKey): Prisma.Sql {
  return Prisma.sql`(${namespace}, ${name}, ${manifestHash})`;
}
