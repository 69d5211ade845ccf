import type { Database } from "./database.ts";
import { tablePath } from "./table.ts";

/** A file that an attempt recorded and that can no longer be published. */
export type StrayFile = { readonly tableId: bigint; readonly name: string; readonly path: string };

const BATCH = 100;

/**
 * The files of attempts that are over. None of them can be published any more: the fence refuses the attempt, whose
 * number never comes back. Delete the object first, then `forgetStray`: whatever dies in between, it is found again.
 * @param graceMs how long ago it must have been recorded, so that a paused worker's last write has come to rest
 */
export async function findStray(database: Database, graceMs: number): Promise<StrayFile[]> {
  const rows = await database.prisma.$queryRaw<
    { tableId: bigint; file: string; namespace: string; name: string; tableName: string; revision: string }[]
  >`
    select p.table_id as "tableId", p.name as file, t.namespace, t.name, t.table_name as "tableName", t.revision
    from pending_file p join dataset_table t on t.id = p.table_id
    where p.created_at <= now() - ${graceMs} * interval '1 millisecond' and not exists (
      select from job j where j.number = p.job_number and j.attempt = p.attempt
        and j.status in ('RUNNING', 'STOP_REQUESTED', 'STOPPING'))
    order by p.created_at limit ${BATCH}`;
  return rows.map((row) => ({ tableId: row.tableId, name: row.file, path: `${tablePath(row)}/${row.file}` }));
}

/** The object is gone. */
export async function forgetStray(database: Database, { tableId, name }: StrayFile): Promise<void> {
  await database.prisma.pendingFile.deleteMany({ where: { tableId, name } });
}
