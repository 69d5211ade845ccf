import type { Database } from "./database.ts";

const BATCH = 100;

/**
 * Gives every file that the canonical chain has passed by its time to retire, and takes it from those that may join the
 * chain again since it became shorter.
 */
export async function stampRetiring(database: Database, retentionMs: number): Promise<void> {
  await database.prisma.$executeRaw`
    with changed as (
      select f.id, f.end_block <= t.current_block as passed
      from table_file f join dataset_table t on t.id = f.table_id
      where not f.canonical and (f.retire_at is null) = (f.end_block <= coalesce(t.current_block, -1))
      for update of f skip locked
    )
    update table_file f set retire_at = case when c.passed then now() + ${retentionMs} * interval '1 millisecond' end
    from changed c where f.id = c.id`;
}

/**
 * Turns files whose time has come into stray ones, which the sweep deletes. Only where every file off the chain was passed
 * by: beside one that reaches beyond the chain, the others tell which blocks its repair lacks, or that it lost its place.
 * Without them nothing else is missing and the chain is the same, but a writer that computed from them is refused.
 * @returns how many retired: at most a batch of each table
 */
export async function retireFiles(database: Database): Promise<number> {
  const tables = await database.prisma.$queryRaw<{ id: bigint }[]>`
    select distinct table_id as id from table_file where not canonical and retire_at <= now() order by id`;
  let retired = 0;
  for (const { id } of tables) retired += await retireFilesOf(database, id);
  return retired;
}

async function retireFilesOf(database: Database, tableId: bigint): Promise<number> {
  const { prisma } = database;
  const [, rows] = await prisma.$transaction([
    // A publish that comes between would change what the next statement decides by.
    prisma.$queryRaw`select id from dataset_table where id = ${tableId} for no key update`,
    prisma.$queryRaw<unknown[]>`
      with due as (
        select f.id from table_file f join dataset_table t on t.id = f.table_id
        where t.id = ${tableId} and not f.canonical and f.retire_at <= now() and f.end_block <= t.current_block
          and not exists (
            select from table_file o where o.table_id = t.id and not o.canonical and o.end_block > t.current_block)
        order by f.retire_at, f.id limit ${BATCH} for update of f skip locked
      ), retired as (
        delete from table_file f using due where f.id = due.id returning f.table_id, f.name
      ), raised as (
        update dataset_table set chain_version = chain_version + 1 where id in (select table_id from retired)
      )
      -- No attempt writes them, and no job has the number 0.
      insert into pending_file (table_id, name, job_number, attempt, stray_at)
      select table_id, name, 0, 0, date_trunc('milliseconds', now()) from retired returning name`,
  ]);
  return rows.length;
}
