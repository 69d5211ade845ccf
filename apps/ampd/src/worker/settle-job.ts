import type { Actor } from "../domain/actor.ts";
import { BadChainDataError, NoProviderError, OwnershipLostError } from "../domain/errors.ts";
import { backOffMs, describeFailure, type JobFailure } from "../domain/job-failure.ts";
import type { Database } from "../store/database.ts";
import { translateDatabaseError } from "../store/database-error.ts";
import {
  beginStopping,
  completeJob,
  failJob,
  finishStopping,
  handOver,
  type Ownership,
  scheduleRetry,
} from "../store/job-own.ts";
import { findJob } from "../store/job-read.ts";
import type { JobRow } from "../store/job-row.ts";

/** How an attempt ended; `interrupted` after a stop, a drain, or because it was told to drop everything. */
export type Ending =
  | { readonly kind: "completed" }
  | { readonly kind: "interrupted" }
  | { readonly kind: "failed"; readonly error: unknown };

type Settling = {
  readonly database: Database;
  readonly owner: Ownership;
  readonly actor: Actor;
  /** In a row without a published segment; the last one fails the job. */
  readonly maxAttempts: number;
};

/** A missing provider costs nothing but this wait and is no fault of the job's. */
const MAX_NO_PROVIDER_WAIT_MS = 10_000;

/**
 * Moves the job to where its attempt's ending belongs, as it stands now: a stop may have been asked for meanwhile.
 * @returns the job afterwards; undefined when it is another attempt's by now, or has ended
 * @throws OwnershipLostError when it moved between the look and the move: look again
 */
export async function settleJob(settling: Settling, ending: Ending): Promise<JobRow | undefined> {
  const { database, owner, actor } = settling;
  const job = await findJob(database, owner.job);
  if (job?.attempt !== owner.attempt || job.incarnation !== owner.incarnation) return undefined;
  if (ending.kind === "completed") return completeJob(database, owner, actor);
  if (job.status !== "RUNNING") return endStop(settling, job, ending);
  if (ending.kind === "interrupted") return handOver(database, owner, actor);
  return retryOrFail(settling, job, ending.error);
}

async function endStop(settling: Settling, job: JobRow, ending: Ending): Promise<JobRow> {
  const { database, owner, actor } = settling;
  if (job.status === "STOP_REQUESTED") await beginStopping(database, owner, actor);
  const failure = ending.kind === "failed" ? { failure: failureOf(ending.error, settling) } : {};
  return finishStopping(database, owner, { actor, ...failure });
}

function retryOrFail(settling: Settling, job: JobRow, error: unknown): Promise<JobRow> {
  const { database, owner, actor, maxAttempts } = settling;
  const failure = failureOf(error, settling);
  const failures = job.failures + 1;
  const counted = !(error instanceof NoProviderError);
  const isLast = counted && failures >= maxAttempts;
  if (isLast || !failure.retryable || isRepeated(error, job.lastError)) {
    return failJob(database, owner, actor, failure);
  }
  const delayMs = counted
    ? backOffMs(failures, Math.random())
    : Math.min(backOffMs(job.attempt, Math.random()), MAX_NO_PROVIDER_WAIT_MS);
  return scheduleRetry(database, owner, { actor, failure, delayMs, counted });
}

/** A write that was refused although the job is still this attempt's: another attempt looks at the tables anew. */
function failureOf(error: unknown, { owner, actor }: Settling): JobFailure {
  const failure = describeFailure(translateDatabaseError(error), { ...owner, nodeId: actor.nodeId });
  if (!(error instanceof OwnershipLostError)) return failure;
  const message = `a write of job '${owner.job}' was refused: its tables were taken or changed by somebody else meanwhile`;
  return { ...failure, retryable: true, message, causes: [] };
}

/** The same fault in the same block again: the data is so, and stays so. */
function isRepeated(error: unknown, last: JobFailure | null): boolean {
  return error instanceof BadChainDataError && last?.code === error.code && last.message === error.message;
}
