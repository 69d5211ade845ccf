import type { ObjectStore } from "../extract/object-store.ts";
import type { Database } from "../store/database.ts";
import { findStray, forgetStray } from "../store/pending-file.ts";
import type { Log } from "../telemetry/log.ts";

/**
 * Deletes the files of attempts that are over and were never published. One that cannot be deleted now is found again.
 * @param options.graceMs how long a paused writer may take to come to rest; 0 where no other process can write
 * @returns how many were deleted
 */
export async function sweep(
  database: Database,
  store: ObjectStore,
  options: { readonly graceMs: number; readonly log: Log },
): Promise<number> {
  let swept = 0;
  for (;;) {
    const strays = await findStray(database, options.graceMs);
    const failures = [];
    for (const stray of strays) {
      try {
        await store.delete(stray.path);
        await forgetStray(database, stray);
        options.log.info({ path: stray.path }, "file of an attempt that is over deleted");
        swept += 1;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} files could not be deleted`);
    if (strays.length === 0) return swept;
  }
}
