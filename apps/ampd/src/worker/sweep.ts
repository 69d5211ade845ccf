import type { ObjectStore } from "../extract/object-store.ts";
import type { Database } from "../store/database.ts";
import { retireFiles, stampRetiring } from "../store/file-retirement.ts";
import { findStray, forgetStray, type StrayFile, stampStray } from "../store/pending-file.ts";
import type { Log } from "../telemetry/log.ts";

export type Sweeping = {
  readonly database: Database;
  readonly store: ObjectStore;
  /** The store's id: files of other stores are left to those who see them. */
  readonly storeId: string;
  /** Throws when the store is no longer there: in an empty folder every file is deleted already. */
  readonly checkStore: () => Promise<void>;
  /** How long a paused writer may take to come to rest; 0 where no other process can write. */
  readonly graceMs: number;
  /** How long readers may still want a file that the chain has passed by. */
  readonly fileRetentionMs: number;
  readonly log: Log;
};

/**
 * Deletes the files of attempts that are over and were never published, and those that have retired. One that cannot be
 * deleted now is found again.
 * @returns how many were deleted
 */
export async function sweep(sweeping: Sweeping): Promise<number> {
  const { database } = sweeping;
  await stampRetiring(database, sweeping.fileRetentionMs);
  while ((await retireFiles(database)) > 0);
  await stampStray(database);
  let swept = 0;
  for (;;) {
    const strays = await findStray(database, sweeping);
    if (strays.length === 0) return swept;
    swept += await sweepBatch(sweeping, strays);
  }
}

async function sweepBatch(sweeping: Sweeping, strays: readonly StrayFile[]): Promise<number> {
  const { database, store, log, checkStore } = sweeping;
  const gone: StrayFile[] = [];
  const failures: unknown[] = [];
  for (const stray of strays) {
    try {
      await store.delete(stray.path);
      gone.push(stray);
    } catch (error) {
      failures.push(error);
    }
  }
  await checkStore();
  await forgetStray(database, gone);
  for (const { path } of gone) log.info({ path }, "file that nothing names any more deleted");
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} files could not be deleted`);
  return gone.length;
}
