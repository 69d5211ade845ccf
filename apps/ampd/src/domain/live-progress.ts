import { type Eta, eta } from "./eta.ts";
import { type JobProgress, jobProgress } from "./job-progress.ts";
import type { LiveReport } from "./live-report.ts";
import { type Phase, phaseOf } from "./phase.ts";
import { isOwned, type RunState, reportOfAttempt } from "./run-state.ts";
import { stalledSince } from "./stall.ts";
import { bottleneckTable, lagSeconds } from "./table-lag.ts";
import type { TableProgress } from "./table-progress.ts";

/** What is fetched and not published yet. */
export type InFlight = {
  readonly blocks: bigint;
  /** Rows of all tables together. */
  readonly rows: bigint;
  /** Of the columns, before compression. */
  readonly bytes: bigint;
  /** The last block of it; null while there is none. */
  readonly upToBlock: bigint | null;
};

/** How far a job is, and how it gets on. */
export type LiveProgress = JobProgress & {
  readonly phase: Phase;
  /** By the times in the blocks, between the last published one and the head; null while either is unknown. */
  readonly lagSeconds: number | null;
  /** Fetched, over the sliding window; null while it is too early to say, and while no worker has the job. */
  readonly blocksPerSecond: number | null;
  readonly bytesPerSecond: number | null;
  readonly eta: Eta;
  readonly stalledSince: Date | null;
  readonly bottleneckTable: string | null;
  /** Null before the attempt's first report, and while no worker has the job. */
  readonly inFlight: InFlight | null;
};

/** What a job's progress is made of, read from rows at one time. */
export type ProgressSource = {
  /** By the clock that the other times are of. */
  readonly now: Date;
  readonly job: Pick<RunState, "status" | "updatedAt" | "targetBlock"> & { readonly attempt: number };
  /** The first block that the dataset wants. */
  readonly startBlock: bigint;
  readonly tables: readonly TableProgress[];
  /** As it stands in its row: of an earlier attempt's report only the head counts. */
  readonly live: LiveReport | undefined;
};

/** Of a job that has ended, nothing in it changes with time. */
export function liveProgress(source: ProgressSource): LiveProgress {
  const { now, job, startBlock, tables } = source;
  const { status, updatedAt, targetBlock } = job;
  const live = reportOfAttempt(job.attempt, source.live);
  const head = source.live;
  const seen = head && { headBlock: head.headBlock, fetchedBlock: live?.fetchedBlock ?? null };
  const progress = jobProgress({ tables, targetBlock, live: seen });
  const state = { now, status, updatedAt, startBlock, currentBlock: progress.currentBlock, targetBlock, live };
  const owned = isOwned(status) ? live : undefined;
  return {
    ...progress,
    phase: phaseOf(state),
    lagSeconds: lagSeconds({ head: head?.headTimestamp ?? null, published: progress.currentTimestamp }),
    blocksPerSecond: owned?.blocksPerSecond ?? null,
    bytesPerSecond: owned?.bytesPerSecond ?? null,
    eta: eta(state),
    stalledSince: stalledSince(state),
    bottleneckTable: bottleneckTable(tables),
    inFlight: owned === undefined ? null : inFlightOf(owned),
  };
}

function inFlightOf(live: LiveReport): InFlight {
  const { inFlightBlocks, inFlightRows, inFlightBytes, fetchedBlock } = live;
  return {
    blocks: inFlightBlocks,
    rows: inFlightRows,
    bytes: inFlightBytes,
    upToBlock: inFlightBlocks === 0n ? null : fetchedBlock,
  };
}
