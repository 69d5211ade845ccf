import { showProgress } from "./show-progress.ts";
import { type SoloSettings, startSolo } from "./solo.ts";
import { createLog } from "./telemetry/log.ts";
import { createTerminal } from "./terminal.ts";

/** Ctrl-C reaches every process of a terminal, and a launcher forwards it too: one press may arrive twice. */
const SAME_PRESS_MS = 1_000;

/**
 * Runs solo until a signal: the first SIGINT or SIGTERM drains, a second one drops what still runs. On a terminal it shows
 * a live line per table of the main job; elsewhere plain log lines.
 */
export async function runSolo(settings: SoloSettings): Promise<void> {
  const terminal = createTerminal(process.stdout);
  // The live lines say what the log would: on a terminal it is for what goes wrong, unless more was asked for.
  const level = terminal.isLive && settings.logLevel === "info" ? "warn" : settings.logLevel;
  const log = createLog({ level, destination: terminal.logDestination });
  const drain = new AbortController();
  const force = new AbortController();
  let drainingSinceMs = 0;
  const onSignal = (name: NodeJS.Signals) => {
    if (drain.signal.aborted) {
      if (performance.now() - drainingSinceMs < SAME_PRESS_MS) return;
      terminal.print("dropping what still runs");
      force.abort();
      return;
    }
    log.info({ signal: name }, "draining");
    drainingSinceMs = performance.now();
    drain.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const solo = await startSolo(settings, log, drain.signal);
    terminal.print(banner(solo));
    const shown =
      solo.mainJob === undefined
        ? Promise.resolve()
        : showProgress(solo.hub, solo.mainJob, { terminal, log, signal: drain.signal }).catch((err: unknown) =>
            // A display that fails must not end the process without a drain.
            log.warn({ err }, "progress is no longer shown"),
          );
    if (!drain.signal.aborted)
      await new Promise((resolve) => drain.signal.addEventListener("abort", resolve, { once: true }));
    await shown;
    terminal.print("publishing what is in hand…");
    await solo.close(force.signal);
    terminal.print("stopped: jobs wait for the next start");
  } catch (error) {
    // A signal before the start was over: what was begun is undone by now.
    if (!drain.signal.aborted || !isAbort(error)) throw error;
  } finally {
    terminal.close();
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function banner({ url, filesRoot }: { readonly url: string; readonly filesRoot: string }): string {
  return ["", `  GraphiQL  ${url}/graphql`, `  REST      ${url}/jobs`, `  Files     ${filesRoot}`, ""].join("\n");
}
