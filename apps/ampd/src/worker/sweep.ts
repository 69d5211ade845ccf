import type { ObjectStore } from "../extract/object-store.ts";
import type { Database } from "../store/database.ts";
import { retireFiles, stampRetiring } from "../store/file-retirement.ts";
import { findStray, forgetStray, postponeStray, type StrayFile, stampStray } from "../store/pending-file.ts";
import type { Log } from "../telemetry/log.ts";
import { unlessAborted } from "./unless-aborted.ts";

export type Sweeping = {
  readonly database: Database;
  readonly store: ObjectStore;
  /** The store's id: files of other stores are left to those who see them. */
  readonly storeId: string;
  /** Throws when the store is no longer there: in an empty folder every file is deleted already. */
  readonly checkStore: (signal: AbortSignal) => Promise<void>;
  /** How long a paused writer may take to come to rest; 0 where no other process can write. */
  readonly graceMs: number;
  /** How long readers may still want a file that the chain has passed by. */
  readonly fileRetentionMs: number;
  readonly log: Log;
  /** Ends the sweep between two files, and at once where a delete hangs. */
  readonly signal: AbortSignal;
};

/**
 * Deletes the files of attempts that are over and were never published, and those that have retired. One that cannot be
 * deleted now comes last the next time. Ends early where nothing of a batch could be deleted.
 * @returns how many were deleted
 * @throws AggregateError of what could not be deleted, after the others were; the signal's reason
 */
export async function sweep(sweeping: Sweeping): Promise<number> {
  const { database, signal } = sweeping;
  signal.throwIfAborted();
  await stampRetiring(database, sweeping.fileRetentionMs);
  do signal.throwIfAborted();
  while ((await retireFiles(database)) > 0);
  await stampStray(database);
  const failures = new Map<string, unknown>();
  let swept = 0;
  for (;;) {
    signal.throwIfAborted();
    const strays = await findStray(database, sweeping);
    const gone = await sweepBatch(sweeping, strays, failures);
    // Without grace, those that failed are found again in this very sweep.
    if (gone === 0) break;
    swept += gone;
  }
  if (failures.size > 0) throw new AggregateError(failures.values(), `${failures.size} files could not be deleted`);
  return swept;
}

/** @returns how many were deleted; the reasons of the others are put to the failures, by path */
async function sweepBatch(
  { database, store, log, checkStore, signal }: Sweeping,
  strays: readonly StrayFile[],
  failures: Map<string, unknown>,
): Promise<number> {
  if (strays.length === 0) return 0;
  const gone: StrayFile[] = [];
  const failed: StrayFile[] = [];
  for (const stray of strays) {
    signal.throwIfAborted();
    try {
      await unlessAborted(store.delete(stray.path), signal);
      gone.push(stray);
    } catch (error) {
      signal.throwIfAborted();
      failed.push(stray);
      failures.set(stray.path, error);
    }
  }
  await checkStore(signal);
  await forgetStray(database, gone);
  await postponeStray(database, failed);
  for (const { path } of gone) log.info({ path }, "file that nothing names any more deleted");
  return gone.length;
}
