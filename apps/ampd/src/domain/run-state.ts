import { type JobStatus, OWNED_STATUSES } from "./job.ts";
import type { LiveReport } from "./live-report.ts";

/** Where a job stands, read at one time. */
export type RunState = {
  /** By the clock that the other times are of. */
  readonly now: Date;
  readonly status: JobStatus;
  /** Time of the last move. */
  readonly updatedAt: Date;
  /** The first block that the dataset wants. */
  readonly startBlock: bigint;
  /** The slowest table's last contiguous block. */
  readonly currentBlock: bigint | null;
  readonly targetBlock: bigint | null;
  /** Of the present attempt; undefined before its first report. */
  readonly live: LiveReport | undefined;
};

/** Whether a worker has it. */
export function isOwned(status: JobStatus): boolean {
  return (OWNED_STATUSES as readonly JobStatus[]).includes(status);
}

/** The report, unless it is an earlier attempt's. */
export function reportOfAttempt<R extends Pick<LiveReport, "attempt">>(
  attempt: number,
  live: R | undefined,
): R | undefined {
  return live?.attempt === attempt ? live : undefined;
}
