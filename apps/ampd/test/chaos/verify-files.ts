import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { sql } from "../cluster/sql.ts";

/**
 * Compares the files of a folder with what the database knows. A file that is recorded as being written is a fault too:
 * ask when nothing is being written.
 * @returns a sentence for each difference
 */
export async function findFileFaults(databaseUrl: string, filesRoot: string): Promise<string[]> {
  const path = `concat_ws('/', t.namespace, t.name, t.table_name, t.revision, f.name) as path`;
  const registered = await sql<{ path: string }>(
    databaseUrl,
    `select ${path} from table_file f join dataset_table t on t.id = f.table_id`,
  );
  const pending = await sql<{ path: string; job: number; attempt: number }>(
    databaseUrl,
    `select ${path}, f.job_number as job, f.attempt from pending_file f join dataset_table t on t.id = f.table_id`,
  );
  const known = new Set(registered.map((file) => file.path));
  const found = new Set(await listParquet(filesRoot));
  return [
    ...registered.filter((file) => !found.has(file.path)).map((file) => `${file.path} is registered and not there`),
    ...[...found].filter((file) => !known.has(file)).map((file) => `${file} is there and not registered`),
    ...pending.map((file) => `${file.path} is still pending (job ${file.job}, attempt ${file.attempt})`),
  ];
}

/** Everything below the tables' folders, left-overs of broken writes too; not the marker at the root. */
async function listParquet(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".parquet"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
