import { isOwned, type RunState } from "./run-state.ts";

/** A stage may take so long, and an owner may be silent for so long, without anybody needing to know. */
const STALL_MS = 30_000;

/**
 * Since when no stage of a job that a worker has advances; null while one does, has done so for 30 s at most, or the job
 * only waits for the head. An owner that reports nothing counts as one that stands still, whatever it waited for.
 */
export function stalledSince(state: Pick<RunState, "now" | "status" | "updatedAt" | "live">): Date | null {
  if (!isOwned(state.status)) return null;
  const since = standstill(state);
  return state.now.getTime() - since.getTime() > STALL_MS ? since : null;
}

function standstill({ updatedAt, live }: Pick<RunState, "updatedAt" | "live">): Date {
  if (live === undefined) return updatedAt;
  return live.waitsFor === "HEAD" ? live.reportedAt : live.advancedAt;
}
