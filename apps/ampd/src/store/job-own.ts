import type { Actor } from "../domain/actor.ts";
import { OwnershipLostError } from "../domain/errors.ts";
import { type JobStatus, OWNED_STATUSES } from "../domain/job.ts";
import type { JobFailure } from "../domain/job-failure.ts";
import type { Database } from "./database.ts";
import { Prisma } from "./generated/client.ts";
import { type Move, moveJobs } from "./job-move.ts";
import type { JobRow } from "./job-row.ts";
import type { WorkerIdentity } from "./worker.ts";

/** One attempt of one worker process at a job. Every write it makes is fenced by all three. */
export type Ownership = { readonly job: bigint; readonly attempt: number; readonly incarnation: string };

/** The fence: a condition on the row of `job` that holds only while the attempt owns it. */
export function isOwnedBy(owner: Ownership): Prisma.Sql {
  return Prisma.sql`number = ${owner.job} and attempt = ${owner.attempt} and incarnation = ${owner.incarnation}::uuid
    and status = any (${OWNED_STATUSES}::text[]::job_status[])`;
}

/** For the start of a transaction: locks the job's row to its end, and refuses the whole when the attempt does not own it. */
export function requireOwned(database: Database, owner: Ownership): Prisma.PrismaPromise<unknown> {
  return database.prisma.$queryRaw`
    with owned as (select number from job where ${isOwnedBy(owner)} for update)
    select amp_require((select count(*) from owned) = 1, 'OWNERSHIP_LOST')`;
}

/**
 * Claims scheduled jobs whose time has come and whose selector fits; each goes to one worker only.
 * A worker whose lease is over, or that drains, gets none; nor does it get a job whose tables lie in another store than
 * the one that it sees.
 *
 * The sub-select stands in an array, so that it runs once: `in` may be planned as a nested loop, which runs it per row,
 * finds other rows each time, and goes over the limit.
 */
export function claimJobs(
  database: Database,
  worker: WorkerIdentity & { readonly storeId: string; readonly limit: number },
): Promise<JobRow[]> {
  return moveJobs(database, {
    to: "RUNNING",
    by: "worker",
    which: Prisma.sql`
      exists (select from worker w where w.incarnation = ${worker.incarnation}::uuid and not w.draining
        and w.signed_off_at is null and w.lease_until > now())
      and number = any (array(
        select number from job
        where status = 'SCHEDULED' and (next_attempt_at is null or next_attempt_at <= now())
          and (node_selector is null or node_selector = ${worker.nodeId} or (right(node_selector, 1) = '*'
            and starts_with(${worker.nodeId}, left(node_selector, -1))))
          and not exists (
            select from dataset_table t where t.namespace = job.namespace and t.name = job.name
              and t.manifest_hash = job.manifest_hash and t.active and t.store_id <> ${worker.storeId}::uuid)
        order by number limit ${worker.limit} for update skip locked))`,
    set: Prisma.sql`, attempt = attempt + 1, node_id = ${worker.nodeId}, incarnation = ${worker.incarnation}::uuid,
      started_at = coalesce(started_at, now()), next_attempt_at = null`,
    actor: { nodeId: worker.nodeId, name: null, requestId: null },
  });
}

/** Fixes the end block as a number when the job first starts; later attempts find it set. */
export async function fixTargetBlock(database: Database, owner: Ownership, targetBlock: bigint): Promise<bigint> {
  const [row] = await database.prisma.$queryRaw<{ targetBlock: bigint }[]>`
    update job set target_block = coalesce(target_block, ${targetBlock}) where ${isOwnedBy(owner)}
    returning target_block as "targetBlock"`;
  if (row === undefined) throw new OwnershipLostError(owner.job);
  return row.targetBlock;
}

/** The owner has seen the stop request and takes no new work. */
export function beginStopping(database: Database, owner: Ownership, actor: Actor): Promise<JobRow> {
  return moveOwned(database, owner, { to: "STOPPING", actor });
}

/** The end block is reached. */
export function completeJob(database: Database, owner: Ownership, actor: Actor): Promise<JobRow> {
  return moveOwned(database, owner, { to: "COMPLETED", actor });
}

/** What was in hand is published, or failed while stopping: then the cause is kept as an event. */
export function finishStopping(
  database: Database,
  owner: Ownership,
  ending: { readonly actor: Actor; readonly failure?: JobFailure },
): Promise<JobRow> {
  const cause = ending.failure === undefined ? {} : { cause: { type: "STOP_FAILED", detail: ending.failure } as const };
  return moveOwned(database, owner, { to: "STOPPED", actor: ending.actor, ...cause });
}

/** An error that no retry cures, or one attempt too many. */
export function failJob(database: Database, owner: Ownership, actor: Actor, failure: JobFailure): Promise<JobRow> {
  return moveOwned(database, owner, {
    to: "FAILED",
    actor,
    detail: failure,
    set: Prisma.sql`, failures = failures + 1, last_error = ${JSON.stringify(failure)}::jsonb`,
  });
}

/** Back to the queue after a curable error; `counted` failures bring the job nearer to its last attempt. */
export function scheduleRetry(
  database: Database,
  owner: Ownership,
  retry: { readonly actor: Actor; readonly failure: JobFailure; readonly delayMs: number; readonly counted: boolean },
): Promise<JobRow> {
  return moveOwned(database, owner, {
    to: "SCHEDULED",
    actor: retry.actor,
    cause: { type: "RETRY_SCHEDULED", detail: retry.failure },
    set: Prisma.sql`, last_error = ${JSON.stringify(retry.failure)}::jsonb,
      failures = failures + ${retry.counted ? 1 : 0},
      next_attempt_at = now() + ${retry.delayMs} * interval '1 millisecond'`,
  });
}

/**
 * Records that the endpoint's branch is another one than what is published, and which blocks are extracted again.
 * @throws OwnershipLostError
 */
export async function recordReorg(
  database: Database,
  owner: Ownership,
  reorg: { readonly nodeId: string; readonly ranges: Readonly<Record<string, { start: string; end: string }>> },
): Promise<void> {
  const recorded = await database.prisma.$executeRaw`
    insert into job_event (job_number, type, node_id, detail)
    select number, 'REORG', ${reorg.nodeId}, ${JSON.stringify({ tables: reorg.ranges })}::jsonb
    from job where ${isOwnedBy(owner)} for share`;
  if (recorded === 0) throw new OwnershipLostError(owner.job);
}

/** A draining worker gives the job to whoever comes next, at once. */
export function handOver(database: Database, owner: Ownership, actor: Actor): Promise<JobRow> {
  return moveOwned(database, owner, { to: "SCHEDULED", actor, cause: { type: "HANDED_OVER" } });
}

/** The statuses of the jobs that an incarnation owns, to see which of them were asked to stop. */
export function ownedStatuses(
  database: Database,
  incarnation: string,
): Promise<{ number: bigint; attempt: number; status: JobStatus }[]> {
  return database.prisma.$queryRaw`
    select number, attempt, status::text as status from job where incarnation = ${incarnation}::uuid
      and status = any (${OWNED_STATUSES}::text[]::job_status[])`;
}

async function moveOwned(database: Database, owner: Ownership, move: Omit<Move, "by" | "which">): Promise<JobRow> {
  const [job] = await moveJobs(database, { ...move, by: "owner", which: isOwnedBy(owner) });
  if (job === undefined) throw new OwnershipLostError(owner.job);
  return job;
}
