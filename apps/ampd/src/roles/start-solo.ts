import { join, resolve } from "node:path";
import type { SettingsOf } from "../config.ts";
import type { JobHub } from "../feed/hub.ts";
import { lockDataFolder } from "../store/data-lock.ts";
import { migrate } from "../store/migrate.ts";
import type { Log } from "../telemetry/log.ts";
import { startApi } from "./api.ts";
import { databaseSettings } from "./database-settings.ts";
import { openFrame, openFrameDatabase } from "./frame.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { deployMainJob } from "./main-job.ts";
import type { RoleSignals, RunningRole } from "./run-until-signal.ts";
import { startWorkerPart } from "./worker-part.ts";

export type SoloSettings = SettingsOf<"solo">;

/** A solo process that answers and works. */
export type Solo = RunningRole & {
  readonly url: string;
  /** Where the Parquet files are: a folder, or `s3://bucket/prefix`. */
  readonly filesRoot: string;
  readonly hub: JobHub;
  /** The job that `--rpc-url` asked for. */
  readonly mainJob: bigint | undefined;
};

/**
 * Controller, worker and, unless a server is named, the database in one process.
 * @throws AmpError with one clear sentence; what was begun is undone
 */
export async function startSolo(settings: SoloSettings, log: Log, signals: RoleSignals): Promise<Solo> {
  const frame = await openFrame(settings, log);
  await using undo = frame.parts;
  const { server, readiness } = frame;
  const { nodeId, rpcUrl } = settings;
  const dataDir = resolve(settings.dataDir);
  const lock = lockDataFolder(dataDir, { pid: process.pid, role: "solo", since: new Date() });
  undo.defer(() => lock.release());
  const source = databaseSettings(settings, join(dataDir, "database"), log);
  const database = await openFrameDatabase(frame, source, log);
  const applied = await migrate(database);
  if (applied.length > 0) log.info({ migrations: applied }, "database migrated");

  const api = await startApi({ database, server, log }, { ...settings, role: "solo" });
  undo.defer(() => api.close());
  const actor = { nodeId, name: null, requestId: null };
  // Before the worker starts: it must find the endpoint as it is today.
  const mainJob =
    rpcUrl === undefined ? undefined : await deployMainJob(database, rpcUrl, { actor, signal: signals.drain });
  const housekeeping = startHousekeeping(database, { ...settings, actor }, log);
  undo.defer(() => housekeeping.stop());
  // Drained by an operator: the server goes on, and its readiness says that nobody here extracts.
  const { filesRoot } = await startWorkerPart(
    { database, databaseSettings: source, log, readiness, parts: undo },
    // The embedded database has one process at a time: the data folder's lock is this one's.
    { ...settings, dataDir, takeOver: settings.databaseUrl === undefined },
    signals,
  );
  readiness.set("start", undefined);
  log.info({ address: server.url, dataDir, nodeId }, "ampd answers");

  const running = undo.move();
  return {
    url: server.url,
    filesRoot,
    hub: api.hub,
    mainJob,
    close: async () => {
      readiness.set("drain", "the process is draining");
      await running.disposeAsync();
    },
  };
}
