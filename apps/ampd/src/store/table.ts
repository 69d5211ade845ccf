import { OwnershipLostError, StorageFailingError } from "../domain/errors.ts";
import type { TableName } from "../domain/table-name.ts";
import type { TableProgress } from "../domain/table-progress.ts";
import type { Database } from "./database.ts";
import { isRefusal } from "./database-error.ts";
import { type DatasetTable, Prisma } from "./generated/client.ts";
import { isOwnedBy, type Ownership, requireOwned } from "./job-own.ts";
import type { JobRow } from "./job-row.ts";

export type TableRow = DatasetTable;

/** A table and where its store lies; null until a worker has put it into one. */
export type LocatedTable = TableRow & { readonly store: { readonly location: string } | null };

/** What tables belong to: equal for versions that share a manifest. */
export type TablesKey = { readonly namespace: string; readonly name: string; readonly manifestHash: string };

/** The folder of a table below the store's root. */
export function tablePath(table: Pick<TableRow, "namespace" | "name" | "tableName" | "revision">): string {
  return `${table.namespace}/${table.name}/${table.tableName}/${table.revision}`;
}

/** The folder of a table, as people and readers find it: `/data/files/_/eth/blocks/<revision>`, or `s3://…`. */
export function tableLocation(table: LocatedTable): string | null {
  return table.store === null ? null : `${table.store.location}/${tablePath(table)}`;
}

/**
 * The active tables of the job's dataset, made where they are missing; from now on this job alone publishes to them.
 * @param taking.storeId where their files go: tables that lie nowhere yet belong to this store from now on
 * @param taking.tables with the revision that a new table gets: a UUID v7
 * @throws OwnershipLostError
 * @throws StorageFailingError when they lie in another store
 */
export async function takeTables(
  database: Database,
  owner: Ownership,
  taking: {
    readonly storeId: string;
    readonly tables: readonly { readonly name: TableName; readonly revision: string }[];
  },
): Promise<TableRow[]> {
  const { storeId, tables } = taking;
  const names = tables.map(({ name }) => name);
  const revisions = tables.map(({ revision }) => revision);
  const { prisma } = database;
  try {
    await prisma.$transaction([
      requireOwned(database, owner),
      prisma.$executeRaw`
        insert into dataset_table (namespace, name, manifest_hash, table_name, revision)
        select j.namespace, j.name, j.manifest_hash, t.name, t.revision
        from job j, unnest(${names}::text[], ${revisions}::uuid[]) as t (name, revision)
        where j.number = ${owner.job}
        on conflict (namespace, name, manifest_hash, table_name) where active do nothing`,
      prisma.$executeRaw`
        update dataset_table t set writer_job = j.number, store_id = coalesce(t.store_id, ${storeId}::uuid) from job j
        where j.number = ${owner.job} and t.namespace = j.namespace and t.name = j.name
          and t.manifest_hash = j.manifest_hash and t.active`,
    ]);
  } catch (error) {
    if (isRefusal(error)) throw new OwnershipLostError(owner.job);
    throw error;
  }
  const rows = await listWrittenBy(database, owner.job);
  for (const row of rows) requireStore(row, storeId);
  return rows;
}

function requireStore({ tableName, storeId }: TableRow, seen: string): void {
  if (storeId === seen) return;
  throw new StorageFailingError(
    `the files of table ${tableName} are in store ${storeId}, and this worker sees ${seen}`,
    {
      table: tableName,
      expected: storeId,
      seen,
    },
  );
}

/** The active tables that a job, and no other, may publish to. */
export function listWrittenBy(database: Database, job: bigint): Promise<TableRow[]> {
  return database.prisma.datasetTable.findMany({ where: { writerJob: job, active: true }, orderBy: { id: "asc" } });
}

/** What makes a row a `LocatedTable`. */
export const LOCATED = { store: { select: { location: true } } } as const;

/**
 * Records that the tables of a job were seen on a chain that is final up to a block. Never goes back.
 * @param finalBlock of the chain; of a table that is not so far, its last block is recorded
 */
export async function confirmFinal(database: Database, owner: Ownership, finalBlock: bigint): Promise<void> {
  await database.prisma.$executeRaw`
    update dataset_table set final_block = greatest(final_block, least(current_block, ${finalBlock}))
    where writer_job in (select number from job where ${isOwnedBy(owner)} for share) and active
      and current_block is not null and coalesce(final_block, -1) < least(current_block, ${finalBlock})`;
}

/** The active tables of a dataset's manifest that something was ever written to. */
export function listTables(database: Database, key: TablesKey): Promise<LocatedTable[]> {
  const { namespace, name, manifestHash } = key;
  return database.prisma.datasetTable.findMany({
    where: { namespace, name, manifestHash, active: true, lastFileNs: { not: null } },
    include: LOCATED,
    orderBy: { id: "asc" },
  });
}

export function findTable(database: Database, id: bigint): Promise<LocatedTable | null> {
  return database.prisma.datasetTable.findUnique({ where: { id }, include: LOCATED });
}

/** Progress per table of each job, in one read: of the tables while it is active, frozen when it has ended. */
export async function progressOf(database: Database, jobs: readonly JobRow[]): Promise<Map<bigint, TableProgress[]>> {
  const active = jobs.filter((job) => job.finalTables === null);
  const keys = active.map((job) => Prisma.sql`(${job.namespace}, ${job.name}, ${job.manifestHash})`);
  const rows =
    keys.length === 0
      ? []
      : await database.prisma.$queryRaw<(TableProgress & TablesKey)[]>`
          select namespace, name, manifest_hash as "manifestHash", table_name as "table", start_block as "startBlock",
            current_block as "currentBlock", current_block_timestamp as "currentTimestamp", files_count as "filesCount", total_size_bytes as "totalSizeBytes",
            row_count as "rowCount"
          from dataset_table
          where active and last_file_ns is not null
            and (namespace, name, manifest_hash) in (values ${Prisma.join(keys)})
          order by id`;
  return new Map(jobs.map((job) => [job.number, job.finalTables?.map(thaw) ?? rows.filter((row) => isOf(row, job))]));
}

function isOf(row: TablesKey, job: TablesKey): boolean {
  return row.namespace === job.namespace && row.name === job.name && row.manifestHash === job.manifestHash;
}

function thaw(table: NonNullable<JobRow["finalTables"]>[number]): TableProgress {
  return {
    table: table.table,
    startBlock: toBigInt(table.startBlock),
    currentBlock: toBigInt(table.currentBlock),
    currentTimestamp: toBigInt(table.currentTimestamp ?? null),
    filesCount: BigInt(table.filesCount),
    totalSizeBytes: BigInt(table.totalSizeBytes),
    rowCount: BigInt(table.rowCount),
  };
}

function toBigInt(value: string | null): bigint | null {
  return value === null ? null : BigInt(value);
}
