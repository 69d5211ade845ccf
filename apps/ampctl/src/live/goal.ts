import { EXIT_CODES, NotFoundError } from "../errors.ts";
import { isTerminal } from "../options/job-status.ts";
import type { WatchedJob, WatchedJobs } from "./watched-jobs.ts";

/** What a watch waits for. */
export const GOALS = ["completed", "synced", "stopped"] as const;

export type Goal = { readonly until: (typeof GOALS)[number]; readonly maxLag: bigint };

/** Whether every job has come to where the watch ends: its goal, or a final state. */
export function isReached(jobs: WatchedJobs, goal: Goal): boolean {
  return [...jobs.values()].every((job) => job === null || isTerminal(job.status) || isSynced(job, goal));
}

/**
 * The exit code of a watch that is over: that of the job that ended worst.
 * @throws NotFoundError when a job was removed before its end was read, and none ended worse
 */
export function exitCodeOf(jobs: WatchedJobs, goal: Goal): number {
  const ended = [...jobs.values()].filter((job) => job !== null);
  if (ended.some(({ status }) => status === "FAILED")) return EXIT_CODES.JOB_FAILED;
  if (goal.until !== "stopped" && ended.some(({ status }) => status === "STOPPED")) return EXIT_CODES.JOB_STOPPED;
  const removed = [...jobs].filter(([, job]) => job === null).map(([id]) => id);
  if (removed.length === 0) return EXIT_CODES.DONE;
  throw new NotFoundError("JOB_REMOVED", `removed before the end was read: job ${removed.join(", ")}`, {
    hint: "ampctl job events <id> shows what became of it",
  });
}

function isSynced({ status, progress: { lagBlocks } }: WatchedJob, { until, maxLag }: Goal): boolean {
  return until === "synced" && status === "RUNNING" && lagBlocks !== null && BigInt(lagBlocks) <= maxLag;
}
