import type { Log } from "../telemetry/log.ts";

/** A role at work. */
export type RunningRole = {
  /** Resolves when it has come to its end by itself; never for most roles. */
  readonly ended?: Promise<void>;
  /** Drains and closes everything. */
  close(): Promise<void>;
};

/** What an operator asks of a process. */
export type RoleSignals = {
  /** Begin nothing, finish what is in hand, leave. */
  readonly drain: AbortSignal;
  /** Drop what still runs. */
  readonly force: AbortSignal;
};

export type RunOptions<R> = {
  readonly log: Log;
  /** A line for people. */
  readonly say: (text: string) => void;
  readonly start: (signals: RoleSignals) => Promise<R>;
  /** Runs beside the role, until the drain begins. */
  readonly beside?: (role: R, drain: AbortSignal) => Promise<void>;
};

/** Ctrl-C reaches every process of a terminal, and a launcher forwards it too: one press may arrive twice. */
const SAME_PRESS_MS = 1_000;

/**
 * Runs a role until a signal, or its own end: the first SIGINT or SIGTERM drains, a second one drops what still runs.
 * @throws what `start` throws, unless a signal came first
 */
export async function runUntilSignal<R extends RunningRole>(options: RunOptions<R>): Promise<void> {
  const { log, say, start, beside } = options;
  const drain = new AbortController();
  const force = new AbortController();
  let drainingSinceMs = 0;
  const onSignal = (name: NodeJS.Signals) => {
    if (drain.signal.aborted) {
      if (performance.now() - drainingSinceMs < SAME_PRESS_MS) return;
      say("dropping what still runs");
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
    const role = await start({ drain: drain.signal, force: force.signal });
    const besides = beside?.(role, drain.signal);
    await Promise.race([aborted(drain.signal), ...(role.ended === undefined ? [] : [role.ended])]);
    drain.abort();
    await besides;
    await role.close();
    log.info("drained: ampd ends");
  } catch (error) {
    // A signal before the start was over: what was begun is undone by now.
    if (!drain.signal.aborted || !isAbort(error)) throw error;
  }
  // The handlers stay: a signal between here and the end of the process must not change how it ended.
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
