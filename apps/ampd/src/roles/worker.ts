import { resolve } from "node:path";
import type { SettingsOf } from "../config.ts";
import { requireSchema } from "../store/migrate.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { databaseSettings } from "./database-settings.ts";
import { openFrame, openFrameDatabase } from "./frame.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { type RoleSignals, type RunningRole, runUntilSignal } from "./run-until-signal.ts";
import { createTerminal } from "./terminal.ts";
import { startWorkerPart } from "./worker-part.ts";

export type WorkerRoleSettings = SettingsOf<"worker">;

/** Runs a worker until a signal, or until an operator has drained it: it claims and extracts; it serves its health alone. */
export async function runWorker(settings: WorkerRoleSettings): Promise<void> {
  const terminal = createTerminal(process.stdout);
  const log = createLog({ level: settings.logLevel, destination: terminal.logDestination });
  const start = (signals: RoleSignals) => startWorker(settings, log, signals);
  await runUntilSignal({ log, say: terminal.print, start }).finally(() => terminal.close());
}

/** @throws AmpError with one clear sentence; what was begun is undone */
async function startWorker(settings: WorkerRoleSettings, log: Log, signals: RoleSignals): Promise<RunningRole> {
  const frame = await openFrame(settings, log);
  await using undo = frame.parts;
  const { server, readiness } = frame;
  const { nodeId } = settings;
  const source = databaseSettings(settings, "", log);
  const database = await openFrameDatabase(frame, source, log);
  await requireSchema(database);
  const actor = { nodeId, name: null, requestId: null };
  const housekeeping = startHousekeeping(database, { actor, maxAttempts: settings.maxAttempts }, log);
  undo.defer(() => housekeeping.stop());
  server.setHandlers({ routes: [], upgrades: [] });
  const dataDir = resolve(settings.dataDir);
  const tools = { database, databaseSettings: source, log, readiness, parts: undo };
  const { worker } = await startWorkerPart(tools, { ...settings, dataDir, takeOver: false }, signals);
  readiness.set("start", undefined);
  log.info({ address: server.url, nodeId, role: "worker" }, "ampd answers");
  const running = undo.move();
  return {
    ended: worker.left,
    close: async () => {
      readiness.set("drain", "the process is draining");
      await running.disposeAsync();
    },
  };
}
