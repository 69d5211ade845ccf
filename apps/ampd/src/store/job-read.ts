import { JobNotFoundError } from "../domain/errors.ts";
import type { Database } from "./database.ts";
import { Prisma } from "./generated/client.ts";
import { isJobOf, type JobFilter } from "./job-filter.ts";
import { JOB_COLUMNS, type JobRow } from "./job-row.ts";

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
    where ${isJobOf(page.filter)}
      and ${page.after === undefined ? Prisma.sql`true` : Prisma.sql`number < ${page.after}`}
      and ${page.before === undefined ? Prisma.sql`true` : Prisma.sql`number > ${page.before}`}
    order by number ${direction} limit ${page.limit}`;
  return page.fromEnd === true ? rows.reverse() : rows;
}
