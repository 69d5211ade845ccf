import manifest from "../../package.json" with { type: "json" };
import { openStore } from "../extract/open-store.ts";
import type { Database } from "../store/database.ts";
import type { Log } from "../telemetry/log.ts";
import { Worker } from "../worker/worker.ts";
import type { RoleSignals } from "./run-until-signal.ts";

export type WorkerPartSettings = {
  readonly nodeId: string;
  readonly capacity: number;
  readonly segmentIntervalMs: number;
  readonly leaseMs: number;
  readonly drainDeadlineMs: number;
  readonly jobWatchdogMs: number;
  readonly maxAttempts: number;
  readonly fileRetentionMs: number;
  readonly providerEnv: readonly string[];
  readonly storageUrl: string | undefined;
  readonly dataDir: string;
  /** No other process can have this node id. */
  readonly takeOver: boolean;
};

/**
 * Opens the store and takes up work; what it opens is closed with `parts`, the worker drained first.
 * @throws StorageFailingError
 */
export async function startWorkerPart(
  { database, log, parts }: { database: Database; log: Log; parts: AsyncDisposableStack },
  settings: WorkerPartSettings,
  signals: RoleSignals,
): Promise<{ worker: Worker; filesRoot: string }> {
  const { storageUrl, dataDir, providerEnv, ...others } = settings;
  const store = await openStore({ url: storageUrl, dataDir, environment: process.env }, signals.drain);
  parts.defer(() => store.close());
  const worker = new Worker({
    database,
    store,
    log,
    settings: {
      ...others,
      version: manifest.version,
      environment: process.env,
      mayRead: (name) => name.startsWith("AMP_SECRET_") || providerEnv.includes(name),
    },
  });
  // Before its start: one that fails halfway signs off too.
  parts.defer(() => worker.drain(signals.force));
  await worker.start(signals.drain);
  return { worker, filesRoot: store.root };
}
