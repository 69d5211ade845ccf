import type { WaitCause } from "./live-report.ts";

/** A stage that has advanced since is at work, whatever it asks for. */
const PATIENCE_MS = 2_000;

/**
 * What keeps a worker waiting.
 * @param at.awaited what the present stage depends on
 * @param at.idleMs how long nothing has advanced
 * @param at.isLimited whether a limit of the endpoint has held a request back lately
 */
export function waitCause(at: {
  readonly awaited: WaitCause;
  readonly idleMs: number;
  readonly isLimited: boolean;
}): WaitCause {
  const { awaited, idleMs, isLimited } = at;
  if (isLimited) return "RATE_LIMIT";
  if (idleMs < PATIENCE_MS) return awaited === "HEAD" ? "HEAD" : "NOTHING";
  // The head is asked for twice a second: no answer is the endpoint's silence, not the chain's.
  return awaited === "HEAD" ? "ENDPOINT" : awaited;
}
