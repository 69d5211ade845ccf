import type { Actor } from "../domain/actor.ts";
import { InvalidArgumentError, PlanExpiredError, PlanNotFoundError } from "../domain/errors.ts";
import { JOB_STATUSES, type JobAction, type JobStatus } from "../domain/job.ts";
import { SKIP_REASONS, type SkipReason, skipReasonOf } from "../domain/job-plan.ts";
import type { Database } from "./database.ts";
import { Prisma } from "./generated/client.ts";
import { isJobOf, type JobFilter } from "./job-filter.ts";
import { findJobs } from "./job-read.ts";
import type { JobRow } from "./job-row.ts";

export type PlanRequest = {
  readonly action: JobAction;
  readonly filter: JobFilter;
  /** Kept with every event of the plan. */
  readonly reason?: string | undefined;
};

/** What a plan is about to do, and to which jobs; the samples are the first 20, by number. */
export type PlannedJobs = {
  /** Names the plan to whoever applies it: a UUID. */
  readonly token: string;
  readonly action: JobAction;
  readonly expiresAt: Date;
  readonly total: number;
  /** Statuses of which there is none are absent. */
  readonly byStatus: ReadonlyMap<JobStatus, number>;
  readonly sample: readonly JobRow[];
  /** In the order of `SKIP_REASONS`; reasons that no job has are absent. */
  readonly skipped: readonly SkippedJobs[];
};

/** Jobs that the filter selects and the plan leaves out. */
export type SkippedJobs = { readonly reason: SkipReason; readonly count: number; readonly sample: readonly JobRow[] };

/** The head of a plan that may still be applied. */
export type OpenPlan = { readonly action: JobAction; readonly reason: string | null };

const MAX_JOBS = 100_000;
const LIFETIME_MINUTES = 15;
const SAMPLE = 20;

/**
 * Fixes the jobs that the filter selects now, each with its version, as a plan of the actor. Changes nothing else, and
 * locks no job.
 * @throws InvalidArgumentError when these are more than 100,000
 */
export async function planJobs(database: Database, request: PlanRequest, actor: Actor): Promise<PlannedJobs> {
  const groups = await insertPlan(database, request, actor);
  const planned = groups.filter(({ skip }) => skip === null);
  const total = sumOf(planned);
  const [head] = groups;
  if (head === undefined || head.token === null || head.expiresAt === null) {
    throw new InvalidArgumentError(
      `the filter selects ${total} jobs to ${request.action}: a plan takes ${MAX_JOBS} at most, so select fewer`,
    );
  }
  const numbers = groups.flatMap(({ sample }) => sample);
  const jobs = new Map((await findJobs(database, numbers)).map((job) => [job.number, job]));
  return {
    token: head.token,
    action: request.action,
    expiresAt: head.expiresAt,
    total,
    byStatus: new Map(planned.flatMap(({ status, count }) => (status === null ? [] : [[status, Number(count)]]))),
    sample: sampleOf(planned, jobs),
    skipped: SKIP_REASONS.flatMap((reason) => {
      const skipped = groups.filter(({ skip }) => skip === reason);
      return skipped.length === 0 ? [] : [{ reason, count: sumOf(skipped), sample: sampleOf(skipped, jobs) }];
    }),
  };
}

/**
 * A plan of the actor whose time is not over.
 * @throws PlanNotFoundError for a token that is nobody's, or somebody else's
 * @throws PlanExpiredError
 */
export async function requirePlan(database: Database, token: string, actor: Actor): Promise<OpenPlan> {
  const [plan] = UUID.test(token)
    ? await database.prisma.$queryRaw<(OpenPlan & { expiresAt: Date; isExpired: boolean })[]>`
        select action::text as action, reason, expires_at as "expiresAt", expires_at <= now() as "isExpired"
        from job_plan where id = ${token}::uuid and actor is not distinct from ${actor.name}`
    : [];
  if (plan === undefined) throw new PlanNotFoundError(token);
  if (plan.isExpired) throw new PlanExpiredError(token, plan.expiresAt);
  return plan;
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Jobs of one status that the plan takes, or leaves out for one reason. */
type Group = {
  /** Null when there are too many jobs: then nothing was written. */
  readonly token: string | null;
  readonly expiresAt: Date | null;
  readonly skip: SkipReason | null;
  /** Null in the one row of a filter that selects nothing. */
  readonly status: JobStatus | null;
  readonly count: bigint;
  readonly sample: bigint[];
};

/** One statement, so that the jobs, their versions and the counts are of one moment. */
function insertPlan(database: Database, { action, filter, reason }: PlanRequest, actor: Actor): Promise<Group[]> {
  return database.prisma.$queryRaw<Group[]>`
    with selected as materialized (
      select number, version, status, ${skipReason(action)} as skip from job where ${isJobOf(filter)}
    ), groups as (
      select skip, status, count(*) as count, array(
        select number from selected s where s.status = g.status and s.skip is not distinct from g.skip
        order by number limit ${SAMPLE}) as sample
      from selected g group by skip, status
    ), plan as (
      insert into job_plan (action, actor, reason, total, expires_at)
      select ${action}::job_action, ${actor.name}, ${reason ?? null}, total,
        now() + ${LIFETIME_MINUTES} * interval '1 minute'
      from (select count(*) as total from selected where skip is null) counted where total <= ${MAX_JOBS}
      returning id, expires_at
    ), fixed as (
      insert into job_plan_job (plan_id, position, job_number, version)
      select plan.id, row_number() over (order by number), number, version from plan, selected where skip is null
    )
    select plan.id::text as token, plan.expires_at as "expiresAt", skip, status::text as status,
      coalesce(count, 0) as count, coalesce(sample, '{}') as sample
    from (select) whole left join plan on true left join groups on true
    order by groups.status`;
}

/** Why a row of `job` is left out; null when it is not. */
function skipReason(action: JobAction): Prisma.Sql {
  const cases = JOB_STATUSES.flatMap((status) => {
    const reason = skipReasonOf(action, status);
    return reason === undefined ? [] : [Prisma.sql`when ${status}::job_status then ${reason}`];
  });
  const byStatus = Prisma.sql`case status ${Prisma.join(cases, " ")} end`;
  if (action !== "RETRY") return byStatus;
  // Of several ended jobs of the same tables one can run again: the newest.
  return Prisma.sql`coalesce(${byStatus}, case when
    number < max(number) over (partition by namespace, name, manifest_hash)
    or exists (
      select from job active
      where active.namespace = job.namespace and active.name = job.name and active.manifest_hash = job.manifest_hash
        and active.status in ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING'))
    then 'NEWER_JOB' end)`;
}

function sumOf(groups: readonly Group[]): number {
  return groups.reduce((sum, { count }) => sum + Number(count), 0);
}

function sampleOf(groups: readonly Group[], jobs: ReadonlyMap<bigint, JobRow>): JobRow[] {
  return groups
    .flatMap(({ sample }) => sample)
    .flatMap((number) => jobs.get(number) ?? [])
    .toSorted((a, b) => Number(a.number - b.number))
    .slice(0, SAMPLE);
}
