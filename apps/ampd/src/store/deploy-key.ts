import { IdempotencyConflictError } from "../domain/errors.ts";
import type { Database } from "./database.ts";
import { Prisma } from "./generated/client.ts";
import { JOB_COLUMNS, type JobRow } from "./job-row.ts";

/** A client's key for one deploy, and what the client asked for: the same key with other input is refused. */
export type DeployKey = {
  readonly key: string;
  /** As sent, in one spelling; compared as JSON, so that the order of its fields does not matter. */
  readonly input: Readonly<Record<string, string | number | boolean | null>>;
};

/** A key whose job was removed so long ago is free, whether it was swept or not. */
const IS_FREE = Prisma.sql`removed_at <= now() - interval '24 hours'`;

/**
 * The job of a key; for 24 h after its removal as it was then.
 * @returns undefined for a key that is free
 * @throws IdempotencyConflictError when the key stands for other input
 */
export async function findKeyedJob(database: Database, { key, input }: DeployKey): Promise<JobRow | undefined> {
  const [row] = await database.prisma.$queryRaw<(JobRow & { isSameInput: boolean })[]>`
    with used as (
      select job_number, removed_job, input = ${JSON.stringify(input)}::jsonb as is_same_input
      from deploy_key where key = ${key} and (${IS_FREE}) is not true
    ), found as (
      select j.*, u.is_same_input from used u join job j on j.number = u.job_number
      union all
      select j.*, u.is_same_input from used u, jsonb_populate_record(null::job, u.removed_job) j
      where u.removed_job is not null
    )
    select ${JOB_COLUMNS}, is_same_input as "isSameInput" from found`;
  if (row === undefined) return undefined;
  const { isSameInput, ...job } = row;
  if (!isSameInput) throw new IdempotencyConflictError(key);
  return job;
}

/**
 * Gives the key to a job that is there already.
 * @returns the job; undefined when the key was taken, or the job ended or began to stop: look again
 */
export async function bindDeployKey(
  database: Database,
  deployKey: DeployKey,
  number: bigint,
): Promise<JobRow | undefined> {
  // Locked while it is active: whoever ends the job waits, so that whoever removes it afterwards sees the key.
  const [job] = await database.prisma.$queryRaw<JobRow[]>`
    with target as (
      select * from job where number = ${number} and status in ('SCHEDULED', 'RUNNING') for share
    ), taken as (${takeDeployKey(deployKey, Prisma.sql`target`)})
    select ${JOB_COLUMNS} from target where exists (select from taken)`;
  return job;
}

/**
 * A statement that gives the key to the one `number` of `source`; it returns no row when the key is taken. Of two at
 * once the second waits for the first to commit.
 */
export function takeDeployKey({ key, input }: DeployKey, source: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    insert into deploy_key (key, input, job_number)
    select ${key}, ${JSON.stringify(input)}::jsonb, number from ${source}
    on conflict (key) do update set input = excluded.input, job_number = excluded.job_number,
      created_at = excluded.created_at, removed_job = null, removed_at = null
    where deploy_key.${IS_FREE}
    returning job_number`;
}

/**
 * A statement that keeps the rows of `removed`, a set of jobs, with their keys. The removal sees all of them: a key is
 * given to a job while that is active, so before it ended.
 */
export const KEEP_REMOVED = Prisma.raw(`
  update deploy_key set removed_job = to_jsonb(removed), removed_at = now()
  from removed where deploy_key.job_number = removed.number`);
