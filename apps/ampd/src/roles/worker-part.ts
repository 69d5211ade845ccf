import manifest from "../../package.json" with { type: "json" };
import { openStore } from "../extract/open-store.ts";
import { type Database, type DatabaseSettings, openLeaseDatabase } from "../store/database.ts";
import type { Log } from "../telemetry/log.ts";
import { Worker } from "../worker/worker.ts";
import type { Readiness } from "./readiness.ts";
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

export type WorkerPartTools = {
  readonly database: Database;
  /** How the database was opened: the lease gets a way of its own into it. */
  readonly databaseSettings: DatabaseSettings;
  readonly log: Log;
  readonly readiness: Readiness;
  /** What is opened here is closed with these, the worker drained first. */
  readonly parts: AsyncDisposableStack;
};

/**
 * Opens the store and takes up work.
 * @throws StorageFailingError, DatabaseUnavailableError
 */
export async function startWorkerPart(
  { database, databaseSettings, log, readiness, parts }: WorkerPartTools,
  settings: WorkerPartSettings,
  signals: RoleSignals,
): Promise<{ worker: Worker; filesRoot: string }> {
  const { storageUrl, dataDir, providerEnv, ...others } = settings;
  const store = await openStore({ url: storageUrl, dataDir, environment: process.env }, signals.drain);
  parts.defer(() => store.close());
  const leases = await openLeaseDatabase(database, databaseSettings, settings.leaseMs);
  parts.defer(() => leases.close());
  const worker = new Worker({
    database,
    leases,
    store,
    log,
    onStatus: (reason) => readiness.set("worker", reason),
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
