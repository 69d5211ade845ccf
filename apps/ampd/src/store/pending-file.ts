import type { Database } from "./database.ts";
import { tablePath } from "./table.ts";

/** A file that an attempt recorded, or that was retired, and that can no longer be published. */
export type StrayFile = { readonly tableId: bigint; readonly name: string; readonly path: string };

const BATCH = 100;

/**
 * Notes the time at which the files of attempts that are over were first seen as such. None of them can be published any
 * more: the fence refuses the attempt, whose number never comes back.
 */
export async function stampStray(database: Database): Promise<void> {
  await database.prisma.$executeRaw`
    with over as (
      select table_id, name from pending_file p
      where stray_at is null and not exists (
        select from job j where j.number = p.job_number and j.attempt = p.attempt
          and j.status in ('RUNNING', 'STOP_REQUESTED', 'STOPPING'))
      for update skip locked
    )
    -- Cut off, since the column would round it up into the future.
    update pending_file p set stray_at = date_trunc('milliseconds', now())
    from over where p.table_id = over.table_id and p.name = over.name`;
}

/**
 * The files of a store that have been stray for long enough, oldest first, at most a batch. Delete the object first, then
 * `forgetStray`: whatever dies in between, it is found again.
 * @param sweep.graceMs since they were stamped, so that a paused worker's last write has come to rest
 * @param sweep.storeId files of tables that were made before stores had ids are taken to be in it too
 */
export async function findStray(
  database: Database,
  sweep: { readonly graceMs: number; readonly storeId: string },
): Promise<StrayFile[]> {
  const rows = await database.prisma.$queryRaw<
    { tableId: bigint; file: string; namespace: string; name: string; tableName: string; revision: string }[]
  >`
    select p.table_id as "tableId", p.name as file, t.namespace, t.name, t.table_name as "tableName", t.revision
    from pending_file p join dataset_table t on t.id = p.table_id
    where p.stray_at <= now() - ${sweep.graceMs} * interval '1 millisecond'
      and (t.store_id is null or t.store_id = ${sweep.storeId}::uuid)
    order by p.stray_at, p.table_id, p.name limit ${BATCH}`;
  return rows.map((row) => ({ tableId: row.tableId, name: row.file, path: `${tablePath(row)}/${row.file}` }));
}

/** The objects are gone. */
export async function forgetStray(database: Database, files: readonly StrayFile[]): Promise<void> {
  await database.prisma.$executeRaw`
    delete from pending_file where stray_at is not null and (table_id, name) in (
      select * from unnest(${files.map(({ tableId }) => tableId)}::bigint[], ${files.map(({ name }) => name)}::text[]))`;
}

/** Their objects could not be deleted: they come after all others, lest they hide them, and after another grace. */
export async function postponeStray(database: Database, files: readonly StrayFile[]): Promise<void> {
  await database.prisma.$executeRaw`
    update pending_file set stray_at = date_trunc('milliseconds', now())
    where stray_at is not null and (table_id, name) in (
      select * from unnest(${files.map(({ tableId }) => tableId)}::bigint[], ${files.map(({ name }) => name)}::text[]))`;
}
