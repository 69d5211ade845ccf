import type { SettingsOf } from "../config.ts";
import { requireSchema } from "../store/migrate.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { startApi } from "./api.ts";
import { databaseSettings } from "./database-settings.ts";
import { openFrame, openFrameDatabase } from "./frame.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { type RunningRole, runUntilSignal } from "./run-until-signal.ts";
import { createTerminal } from "./terminal.ts";

export type ControllerSettings = SettingsOf<"controller">;

/** Runs a controller until a signal: it answers, and takes jobs from owners that are gone; it extracts nothing. */
export async function runController(settings: ControllerSettings): Promise<void> {
  const terminal = createTerminal(process.stdout);
  const log = createLog({ level: settings.logLevel, destination: terminal.logDestination });
  const start = () => startController(settings, log);
  await runUntilSignal({ log, say: terminal.print, start }).finally(() => terminal.close());
}

/** @throws AmpError with one clear sentence; what was begun is undone */
async function startController(settings: ControllerSettings, log: Log): Promise<RunningRole> {
  const frame = await openFrame(settings, log);
  await using undo = frame.parts;
  const { server, readiness } = frame;
  const { nodeId } = settings;
  const database = await openFrameDatabase(frame, databaseSettings(settings, "", log), log);
  await requireSchema(database);
  const housekeeping = startHousekeeping(
    database,
    { ...settings, actor: { nodeId, name: null, requestId: null } },
    log,
  );
  undo.defer(() => housekeeping.stop());
  const api = await startApi({ database, server, log }, { ...settings, role: "controller" });
  undo.defer(() => api.close());
  readiness.set("start", undefined);
  log.info({ address: server.url, nodeId, role: "controller" }, "ampd answers");
  const running = undo.move();
  return {
    close: async () => {
      readiness.set("drain", "the process is draining");
      await running.disposeAsync();
    },
  };
}
