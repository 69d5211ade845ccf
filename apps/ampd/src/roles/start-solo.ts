import { join, resolve } from "node:path";
import manifest from "../package.json" with { type: "json" };
import type { SettingsOf } from "./config.ts";
import { openStore } from "./extract/open-store.ts";
import { JobHub } from "./feed/hub.ts";
import { createPipeline } from "./graphql/pipeline.ts";
import { createGraphqlDoor } from "./http/graphql-door.ts";
import { createGraphqlSocketDoor } from "./http/graphql-socket-door.ts";
import { createRestDoor } from "./http/rest-door.ts";
import { startHttpServer } from "./http/server.ts";
import { deployMainJob } from "./main-job.ts";
import { createRestRoutes } from "./rest/routes.ts";
import { lockDataFolder } from "./store/data-lock.ts";
import { type Database, openDatabase } from "./store/database.ts";
import { migrate } from "./store/migrate.ts";
import { Poll } from "./store/poll.ts";
import { reapJobs } from "./store/reaper.ts";
import type { Log } from "./telemetry/log.ts";
import { Worker } from "./worker/worker.ts";

export type SoloSettings = SettingsOf<"solo">;

/** A solo process that answers and works. */
export type Solo = {
  readonly url: string;
  /** Where the Parquet files are: a folder, or `s3://bucket/prefix`. */
  readonly filesRoot: string;
  readonly hub: JobHub;
  /** The job that `--rpc-url` asked for. */
  readonly mainJob: bigint | undefined;
  /** Drains the worker, closes the doors, leaves nothing behind. When `force` aborts, running jobs are dropped. */
  close(force: AbortSignal): Promise<void>;
};

const REAP_MS = 2_000;
const MAX_SUBSCRIBERS = 10_000;
const HUB_READ_INTERVAL_MS = 50;

/**
 * Controller, worker and, unless a server is named, the database in one process. Its health answers from the start.
 * @throws AmpError with one clear sentence; what was begun is undone
 */
export async function startSolo(settings: SoloSettings, log: Log, signal: AbortSignal): Promise<Solo> {
  await using undo = new AsyncDisposableStack();
  const state = { ready: false, reasons: ["starting"] };
  const server = await startHttpServer({
    host: settings.host,
    port: settings.port,
    allowedOrigins: settings.allowedOrigins,
    insecure: settings.insecure,
    log,
    readiness: () => state,
  });
  undo.defer(() => server.close());

  const dataDir = resolve(settings.dataDir);
  const lock = lockDataFolder(dataDir, { pid: process.pid, role: "solo", since: new Date() });
  undo.defer(() => lock.release());
  const database = await openSoloDatabase(settings, dataDir, log);
  undo.defer(() => database.close());
  const applied = await migrate(database);
  if (applied.length > 0) log.info({ migrations: applied }, "database migrated");

  const hub = new JobHub({ database, log, maxSubscribers: MAX_SUBSCRIBERS, minReadIntervalMs: HUB_READ_INTERVAL_MS });
  await hub.start();
  undo.defer(() => hub.close());
  const store = await openStore({ url: settings.storageUrl, dataDir, environment: process.env }, signal);
  undo.defer(() => store.close());
  const pipeline = createPipeline(
    {
      database,
      hub,
      nodeId: settings.nodeId,
      version: manifest.version,
      storageRoot: store.root,
      stopDeadlineMs: settings.stopDeadlineMs,
    },
    log,
  );
  const socketDoor = createGraphqlSocketDoor(pipeline);
  undo.defer(() => socketDoor.close());

  const actor = { nodeId: settings.nodeId, name: null, requestId: null };
  // Before the worker starts: it must find the endpoint as it is today.
  const { rpcUrl, maxAttempts } = settings;
  const mainJob = rpcUrl === undefined ? undefined : await deployMainJob(database, rpcUrl, { actor, signal });
  const reaper = new Poll({
    name: "reaper",
    everyMs: REAP_MS,
    log,
    run: async () => {
      for (const job of await reapJobs(database, { maxAttempts }, actor)) {
        log.warn({ job: String(job.number), status: job.status }, "job taken from an owner that is gone");
      }
    },
  });
  undo.defer(() => reaper.stop());

  const worker = new Worker({ database, store, log, settings: workerSettings(settings) });
  await worker.start(signal);
  const force = new AbortController();
  undo.defer(() => worker.drain(force.signal));
  reaper.start();

  server.setHandlers({
    routes: [createGraphqlDoor(pipeline), createRestDoor(createRestRoutes(pipeline))],
    upgrades: [socketDoor.upgrade],
  });
  Object.assign(state, { ready: true, reasons: [] });
  log.info({ address: server.url, dataDir, nodeId: settings.nodeId }, "ampd answers");

  const running = undo.move();
  return {
    url: server.url,
    filesRoot: store.root,
    hub,
    mainJob,
    close: async (forced) => {
      Object.assign(state, { ready: false, reasons: ["draining"] });
      const onForce = () => force.abort();
      if (forced.aborted) onForce();
      else forced.addEventListener("abort", onForce, { once: true });
      await running.disposeAsync();
      forced.removeEventListener("abort", onForce);
    },
  };
}

function openSoloDatabase(settings: SoloSettings, dataDir: string, log: Log): Promise<Database> {
  const { databaseUrl, listenUrl } = settings;
  if (databaseUrl === undefined) return openDatabase({ kind: "embedded", directory: join(dataDir, "database") });
  const onConnectionError = (error: Error) => log.warn({ reason: error.message }, "a database connection was lost");
  return openDatabase({ kind: "postgres", url: databaseUrl, listenUrl, onConnectionError });
}

function workerSettings(settings: SoloSettings) {
  return {
    ...settings,
    version: manifest.version,
    // The embedded database has one process at a time: the data folder's lock is this one's.
    takeOver: settings.databaseUrl === undefined,
    environment: process.env,
    mayRead: (name: string) => name.startsWith("AMP_SECRET_") || settings.providerEnv.includes(name),
  };
}
