import type { Actor } from "../domain/actor.ts";
import { ActiveJobConflictError, InvalidArgumentError, JobStoppingError } from "../domain/errors.ts";
import type { JobAction } from "../domain/job.ts";
import type { PlanOutcome } from "../domain/job-plan.ts";
import type { Database } from "./database.ts";
import { isRefusal } from "./database-error.ts";
import { Prisma } from "./generated/client.ts";
import { insertedOf } from "./job-deploy.ts";
import { moveJobs } from "./job-move.ts";
import { type OpenPlan, requirePlan } from "./job-plan.ts";
import { findJobs } from "./job-read.ts";
import { removeBatch } from "./job-remove.ts";
import type { JobRow } from "./job-row.ts";

export type ApplyRequest = {
  readonly token: string;
  /** The size of the batch: from 1 to 500. */
  readonly first: number;
  /** How long the owner of a job that is stopped has before the reaper ends the job. */
  readonly stopDeadlineMs: number;
};

export type AppliedBatch = {
  /** By number. */
  readonly outcomes: readonly JobOutcome[];
  /** Jobs of the plan that are left for the next batches. */
  readonly remaining: number;
};

/** What became of one job of a plan. */
export type JobOutcome = {
  readonly number: bigint;
  readonly outcome: PlanOutcome;
  /** A sentence for people; null when it was done. */
  readonly message: string | null;
  /** As it is after the batch; null when it is gone. */
  readonly job: JobRow | null;
  /** The job that runs it again, or stands in its way. */
  readonly newJob: JobRow | null;
};

/** One transaction holds no more row locks than this. */
const MAX_BATCH = 500;

/**
 * Applies the next batch of a plan, all of it or nothing. No job is dealt with twice: appliers take turns at the plan's
 * row, and each goes on behind the last batch that was committed, whether or not its answer arrived. A job that changed
 * since it was planned is left as it is.
 * @throws InvalidArgumentError for a batch that is too small or too large
 * @throws PlanNotFoundError, PlanExpiredError as `requirePlan`
 */
export async function applyPlan(database: Database, request: ApplyRequest, actor: Actor): Promise<AppliedBatch> {
  const { token, first } = request;
  if (first < 1 || first > MAX_BATCH) {
    throw new InvalidArgumentError(`first must be from 1 to ${MAX_BATCH}, not ${first}`);
  }
  const plan = await requirePlan(database, token, actor);
  try {
    return await applyBatch(database, { ...request, ...plan, actor });
  } catch (error) {
    // It expired while this applier waited for its turn.
    if (isRefusal(error)) await requirePlan(database, token, actor);
    throw error;
  }
}

type Batch = ApplyRequest & OpenPlan & { readonly actor: Actor };

type OutcomeRow = {
  readonly number: bigint;
  readonly outcome: PlanOutcome;
  readonly newJob: bigint | null;
};

/** Locks the plan, then its jobs in ascending order, and then only works on what is locked. */
async function applyBatch(database: Database, batch: Batch): Promise<AppliedBatch> {
  const { prisma } = database;
  const { token, first } = batch;
  const isNext = isInNextBatch(batch);
  const results = await prisma.$transaction([
    prisma.$queryRaw`
      select amp_require((select count(*) from (
        select from job_plan where id = ${token}::uuid and expires_at > now() for update) plan) = 1, 'PLAN_EXPIRED')`,
    prisma.$queryRaw`
      select number from job where number = any (array(select job_number from job_plan_job where ${isNext}))
      order by number for update`,
    prisma.$executeRaw`
      update job_plan_job set outcome = case coalesce((select j.version from job j where j.number = job_number), 0)
        when version then 'DONE' when 0 then 'GONE' else 'CHANGED' end::job_plan_outcome
      where ${isNext}`,
    ...STEPS[batch.action](database, batch),
    prisma.$queryRaw`
      select job_number as number, outcome::text as outcome, new_job as "newJob"
      from job_plan_job where ${isNext} order by position`,
    prisma.$queryRaw`
      update job_plan set applied = least(total, applied + ${first}) where id = ${token}::uuid
      returning total - applied as remaining`,
  ]);
  // The last two of the statements above, whose columns these are.
  const [rows, [head]] = results.slice(-2) as [OutcomeRow[], { remaining: number }[]];
  const numbers = rows.flatMap(({ number, newJob }) => [number, ...(newJob === null ? [] : [newJob])]);
  const jobs = new Map((await findJobs(database, numbers)).map((job) => [job.number, job]));
  return { outcomes: rows.map((row) => toOutcome(row, jobs)), remaining: head?.remaining ?? 0 };
}

/** A condition on `job_plan_job`, the same in the whole transaction. */
function isInNextBatch({ token, first }: Batch): Prisma.Sql {
  const applied = Prisma.sql`(select applied from job_plan where id = ${token}::uuid)`;
  return Prisma.sql`plan_id = ${token}::uuid and position > ${applied} and position <= ${applied} + ${first}`;
}

/** What each action does to the jobs of the batch that are as they were planned. */
const STEPS: Readonly<Record<JobAction, (database: Database, batch: Batch) => Prisma.PrismaPromise<unknown>[]>> = {
  STOP: (database, batch) => {
    const move = { by: "operator", which: isToDo(batch), actor: batch.actor, reason: batch.reason } as const;
    const set = Prisma.sql`, stop_deadline = now() + ${batch.stopDeadlineMs} * interval '1 millisecond'`;
    return [moveJobs(database, { ...move, to: "STOPPED" }), moveJobs(database, { ...move, to: "STOP_REQUESTED", set })];
  },
  REMOVE: (database, batch) => [
    removeBatch(database, { which: isToDo(batch), actor: batch.actor, reason: batch.reason }),
  ],
  RETRY: ({ prisma }, batch) => [
    // By tables, whose unique index two appliers of different plans would else meet in different orders.
    prisma.$executeRaw`
      with ${insertedOf(
        Prisma.sql`
          select nextval(pg_get_serial_sequence('job', 'number')), namespace, name, manifest_hash, end_block, parallelism,
            verify, node_selector, number
          from job where ${isToDo(batch)} order by namespace, name, manifest_hash`,
        batch,
      )}
      update job_plan_job set new_job = inserted.number from inserted
      where ${isInNextBatch(batch)} and job_number = inserted.retry_of`,
    prisma.$executeRaw`
      update job_plan_job set new_job = active.number, outcome = case
        when active.status in ('SCHEDULED', 'RUNNING')
          and (active.end_block, active.parallelism, active.verify, active.node_selector)
            is not distinct from (old.end_block, old.parallelism, old.verify, old.node_selector)
        then 'UNCHANGED' else 'REFUSED' end::job_plan_outcome
      from job old left join job active
        on active.namespace = old.namespace and active.name = old.name and active.manifest_hash = old.manifest_hash
          and active.status in ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING')
      where ${isInNextBatch(batch)} and outcome = 'DONE' and new_job is null and old.number = job_number`,
  ],
};

/** A condition on `job`. The sub-select stands in an array, so that it runs once and gives the planner no choice. */
function isToDo(batch: Batch): Prisma.Sql {
  return Prisma.sql`number = any (array(
    select job_number from job_plan_job where ${isInNextBatch(batch)} and outcome = 'DONE'))`;
}

function toOutcome({ number, outcome, newJob }: OutcomeRow, jobs: ReadonlyMap<bigint, JobRow>): JobOutcome {
  const other = newJob === null ? null : (jobs.get(newJob) ?? null);
  const messages: Readonly<Record<PlanOutcome, () => string | null>> = {
    DONE: () => null,
    UNCHANGED: () => `job '${newJob}' does the same already`,
    CHANGED: () => `job '${number}' has changed since it was planned`,
    GONE: () => `job '${number}' was removed since it was planned`,
    REFUSED: () => refusalOf(number, other),
  };
  return { number, outcome, message: messages[outcome](), job: jobs.get(number) ?? null, newJob: other };
}

/** In the words of a single retry. */
function refusalOf(number: bigint, active: JobRow | null): string {
  if (active === null) return `jobs of the tables of job '${number}' come and go too fast: plan again`;
  const reference = `${active.namespace}/${active.name}`;
  const isStopping = active.status !== "SCHEDULED" && active.status !== "RUNNING";
  const refusal = isStopping ? JobStoppingError : ActiveJobConflictError;
  return new refusal(active.number, reference).message;
}
