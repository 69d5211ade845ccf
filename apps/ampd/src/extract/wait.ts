import { setTimeout } from "node:timers/promises";

/** Waits; an abort ends it with the signal's own reason. */
export async function wait(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(durationMs, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
