import { JobNotFoundError } from "../domain/errors.ts";
import type { JobStatus } from "../domain/job.ts";
import type { Database } from "./database.ts";
import type { DatasetKey } from "./dataset.ts";
import { Prisma } from "./generated/client.ts";
import { JOB_COLUMNS, type JobRow } from "./job-row.ts";

export type JobFilter = {
  readonly statuses?: readonly JobStatus[] | undefined;
  readonly dataset?: DatasetKey | undefined;
  readonly manifestHash?: string | undefined;
};

/** A page of jobs by number; `after` and `before` are exclusive bounds, in the direction of reading (newest first). */
export type JobPage = {
  readonly filter: JobFilter;
  readonly limit: number;
  /** Only numbers below it. */
  readonly after?: bigint | undefined;
  /** Only numbers above it. */
  readonly before?: bigint | undefined;
  /** Read the page next to `before`, not the one next to `after`. */
  readonly fromEnd?: boolean;
};

export async function findJob(database: Database, number: bigint): Promise<JobRow | undefined> {
  const [job] = await findJobs(database, [number]);
  return job;
}

/** @throws JobNotFoundError */
export async function getJob(database: Database, number: bigint): Promise<JobRow> {
  const job = await findJob(database, number);
  if (job === undefined) throw new JobNotFoundError(number);
  return job;
}

/** Those of the jobs that exist, by number. */
export function findJobs(database: Database, numbers: readonly bigint[]): Promise<JobRow[]> {
  return database.prisma.$queryRaw<JobRow[]>`
    select ${JOB_COLUMNS} from job where number = any (${numbers}::bigint[]) order by number`;
}

/** At most `limit` jobs, newest first whatever the direction of paging. */
export async function listJobs(database: Database, page: JobPage): Promise<JobRow[]> {
  const direction = page.fromEnd === true ? Prisma.sql`asc` : Prisma.sql`desc`;
  const rows = await database.prisma.$queryRaw<JobRow[]>`
    select ${JOB_COLUMNS} from job
    where ${matches(page.filter)}
      and ${page.after === undefined ? Prisma.sql`true` : Prisma.sql`number < ${page.after}`}
      and ${page.before === undefined ? Prisma.sql`true` : Prisma.sql`number > ${page.before}`}
    order by number ${direction} limit ${page.limit}`;
  return page.fromEnd === true ? rows.reverse() : rows;
}

export async function countJobs(database: Database, filter: JobFilter): Promise<number> {
  const [row] = await database.prisma.$queryRaw<{ count: bigint }[]>`
    select count(*) as count from job where ${matches(filter)}`;
  return Number(row?.count ?? 0n);
}

function matches(filter: JobFilter): Prisma.Sql {
  const conditions = [Prisma.sql`true`];
  if (filter.statuses !== undefined) {
    conditions.push(Prisma.sql`status = any (${filter.statuses}::text[]::job_status[])`);
  }
  if (filter.dataset !== undefined) {
    conditions.push(Prisma.sql`namespace = ${filter.dataset.namespace} and name = ${filter.dataset.name}`);
  }
  if (filter.manifestHash !== undefined) conditions.push(Prisma.sql`manifest_hash = ${filter.manifestHash}`);
  return Prisma.join(conditions, " and ");
}
