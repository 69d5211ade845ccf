import type { BlockRange } from "./block-range.ts";
import type { JobStatus } from "./job.ts";
import type { JobFailure } from "./job-failure.ts";
import type { LiveReport } from "./live-report.ts";
import type { TableProgress } from "./table-progress.ts";
import type { WorkerFacts } from "./worker-fit.ts";

/** The columns of a job that a diagnosis looks at. */
export type DiagnosedJob = {
  readonly status: JobStatus;
  readonly attempt: number;
  /** Attempts in a row that ended without a published segment. */
  readonly failures: number;
  readonly incarnation: string | null;
  readonly nodeId: string | null;
  readonly nodeSelector: string | null;
  readonly targetBlock: bigint | null;
  readonly scheduledAt: Date;
  /** Time of the last move. */
  readonly updatedAt: Date;
  readonly nextAttemptAt: Date | null;
  readonly stopDeadline: Date | null;
  readonly lastError: Pick<JobFailure, "code" | "message"> | null;
};

/** Blocks that one table lacks although later ones are published. */
export type TableGap = {
  readonly table: string;
  /** Between the canonical chain and the first file behind it. */
  readonly missing: BlockRange;
  /** Files behind it, which do not count until it is closed. */
  readonly filesBeyond: bigint;
};

/** Everything that a diagnosis is made of, read from rows at one time. */
export type DiagnosisInput = {
  /** The database's time. */
  readonly now: Date;
  readonly job: DiagnosedJob;
  readonly network: string;
  /** The first block that the dataset wants. */
  readonly startBlock: bigint;
  readonly tables: readonly TableProgress[];
  readonly gaps: readonly TableGap[];
  /** As it stands in its row: an earlier attempt's report is left out here. */
  readonly live: LiveReport | undefined;
  /** Providers registered for the network. */
  readonly providers: number;
  /** All that have a row, alive or not. */
  readonly workers: readonly WorkerFacts[];
  /** Where the job's tables lie; empty before a worker took them. */
  readonly storeIds: readonly string[];
};
