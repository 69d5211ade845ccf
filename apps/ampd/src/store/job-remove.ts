import type { Actor } from "../domain/actor.ts";
import { JobConflictError, VersionConflictError } from "../domain/errors.ts";
import { ENDED_STATUSES, isEnded, type JobStatus } from "../domain/job.ts";
import type { Database } from "./database.ts";
import type { DatasetKey } from "./dataset.ts";
import { KEEP_REMOVED } from "./deploy-key.ts";
import { Prisma } from "./generated/client.ts";
import { findJob } from "./job-read.ts";

export type RemoveRequest = {
  readonly number: bigint;
  readonly expectedVersion?: number | undefined;
  readonly reason?: string | undefined;
};

export type PruneRequest = {
  /** Ended statuses only. */
  readonly statuses: readonly JobStatus[];
  readonly dataset?: DatasetKey | undefined;
  readonly manifestHash?: string | undefined;
  /** Only jobs that ended before it. */
  readonly endedBefore?: Date | undefined;
  readonly dryRun: boolean;
  readonly reason?: string | undefined;
};

/** How many jobs were removed, by the status that they ended with. */
export type PruneCounts = Readonly<Record<(typeof ENDED_STATUSES)[number], number>>;

/** One transaction holds no more row locks than this. */
const BATCH = 500;

/**
 * Removes an ended job; its events stay, with a last one. Removing what is not there succeeds.
 * @returns whether there was something to remove
 * @throws JobConflictError when the job has not ended
 * @throws VersionConflictError when `expectedVersion` does not match
 */
export async function removeJob(database: Database, request: RemoveRequest, actor: Actor): Promise<boolean> {
  const version =
    request.expectedVersion === undefined ? Prisma.empty : Prisma.sql`and version = ${request.expectedVersion}`;
  const which = Prisma.sql`number = ${request.number} ${version}`;
  const removed = await removeBatch(database, { which, actor, reason: request.reason });
  if (removed.length > 0) return true;
  const job = await findJob(database, request.number);
  if (job === undefined) return false;
  if (request.expectedVersion !== undefined && job.version !== request.expectedVersion) {
    throw new VersionConflictError(job.number, request.expectedVersion, job.version);
  }
  // It may have ended between the two statements: then the caller's next try succeeds.
  if (isEnded(job.status)) return removeJob(database, request, actor);
  throw new JobConflictError(`job '${job.number}' is ${job.status}: only an ended job can be removed, stop it first`);
}

/** Removes every ended job that the request means, in batches; a dry run only counts them. */
export async function pruneJobs(database: Database, request: PruneRequest, actor: Actor): Promise<PruneCounts> {
  const counts = { COMPLETED: 0, STOPPED: 0, FAILED: 0 };
  const meant = isMeant(request);
  if (request.dryRun) {
    const groups = await database.prisma.$queryRaw<{ status: keyof PruneCounts; count: bigint }[]>`
      select status::text as status, count(*) as count from job where ${meant} group by status`;
    for (const { status, count } of groups) counts[status] = Number(count);
    return counts;
  }
  for (;;) {
    const which = Prisma.sql`number = any (array(
      select number from job where ${meant} order by number limit ${BATCH} for update skip locked))`;
    const removed = await removeBatch(database, { which, actor, reason: request.reason });
    for (const { status } of removed) counts[status] += 1;
    if (removed.length < BATCH) return counts;
  }
}

function isMeant({ statuses, dataset, manifestHash, endedBefore }: PruneRequest): Prisma.Sql {
  const ended = ENDED_STATUSES.filter((status) => statuses.includes(status));
  const conditions = [Prisma.sql`status = any (${ended}::text[]::job_status[])`];
  if (dataset !== undefined) {
    conditions.push(Prisma.sql`namespace = ${dataset.namespace} and name = ${dataset.name}`);
  }
  if (manifestHash !== undefined) conditions.push(Prisma.sql`manifest_hash = ${manifestHash}`);
  if (endedBefore !== undefined) conditions.push(Prisma.sql`ended_at < ${endedBefore}::timestamptz`);
  return Prisma.join(conditions, " and ");
}

type Batch = {
  /** A condition on the row of `job`. */
  readonly which: Prisma.Sql;
  readonly actor: Actor;
  readonly reason: string | null | undefined;
};

/**
 * Removes those of the jobs that have ended: the rows, with an event each; deploy keys keep what they stand for. One
 * statement, which starts when it is awaited, or as part of a batch.
 * @returns the status of each that it removed
 */
export function removeBatch(database: Database, batch: Batch): Prisma.PrismaPromise<{ status: keyof PruneCounts }[]> {
  return database.prisma.$queryRaw`
    with removed as (
      delete from job where status = any (${ENDED_STATUSES}::text[]::job_status[]) and ${batch.which} returning *
    ), recorded as (
      insert into job_event (job_number, type, node_id, actor, request_id, reason, detail)
      select number, 'REMOVED', ${batch.actor.nodeId}, ${batch.actor.name}, ${batch.actor.requestId},
        ${batch.reason ?? null}, jsonb_build_object('status', status)
      from removed order by number
    ), kept as (${KEEP_REMOVED})
    select status::text as status from removed`;
}
