import { createLog } from "../telemetry/log.ts";
import { runUntilSignal } from "./run-until-signal.ts";
import { showProgress } from "./show-progress.ts";
import { type Solo, type SoloSettings, startSolo } from "./start-solo.ts";
import { createTerminal } from "./terminal.ts";

/** Runs solo until a signal. On a terminal it shows a live line per table of the main job; elsewhere plain log lines. */
export async function runSolo(settings: SoloSettings): Promise<void> {
  const terminal = createTerminal(process.stdout);
  // The live lines say what the log would: on a terminal it is for what goes wrong, unless more was asked for.
  const level = terminal.isLive && settings.logLevel === "info" ? "warn" : settings.logLevel;
  const log = createLog({ level, destination: terminal.logDestination });
  const beside = async (solo: Solo, signal: AbortSignal) => {
    terminal.print(banner(solo));
    if (solo.mainJob !== undefined) {
      // A display that fails must not end the process without a drain.
      await showProgress(solo.hub, solo.mainJob, { terminal, log, signal }).catch((err: unknown) =>
        log.warn({ err }, "progress is no longer shown"),
      );
    }
    if (signal.aborted) terminal.print("publishing what is in hand…");
  };
  try {
    await runUntilSignal({
      log,
      say: terminal.print,
      start: (signals) => startSolo(settings, log, signals),
      beside,
    });
    terminal.print("stopped: jobs wait for the next start");
  } finally {
    terminal.close();
  }
}

function banner({ url, filesRoot }: Solo): string {
  return ["", `  GraphiQL  ${url}/graphql`, `  REST      ${url}/docs`, `  Files     ${filesRoot}`, ""].join("\n");
}
