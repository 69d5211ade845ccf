import type { Database } from "./database.ts";
import { Prisma } from "./generated/client.ts";
import { isJobOf, type JobFilter } from "./job-filter.ts";
import { JOB_COLUMNS, type JobRow } from "./job-row.ts";

/** What a list is sorted by. `ENDED_AT` lists ended jobs only. Jobs of one time stand by number. */
export type JobOrder = {
  readonly by: "NUMBER" | "CREATED_AT" | "ENDED_AT";
  readonly direction: "ASC" | "DESC";
};

/**
 * A place in a list, which holds whether or not a job stands there: the time that the list is sorted by, null in a list
 * by number, and the number that tells jobs of one time apart.
 */
export type JobPosition = { readonly time: Date | null; readonly number: bigint };

/** A page of a list; `after` and `before` are exclusive. */
export type JobListPage = {
  readonly filter: JobFilter;
  readonly order: JobOrder;
  readonly limit: number;
  readonly after?: JobPosition | undefined;
  readonly before?: JobPosition | undefined;
  /** Read the page next to `before`, or the last one, not the one next to `after`. */
  readonly fromEnd?: boolean;
};

/** Where a job stands in a list of that order. */
export function positionOf(job: JobRow, { by }: JobOrder): JobPosition {
  const times = { NUMBER: null, CREATED_AT: job.createdAt, ENDED_AT: job.endedAt };
  return { time: times[by], number: job.number };
}

/**
 * At most `limit` jobs in the order of the list, whatever the direction of reading. Pages are cut by position, never by a
 * row: one that is removed or moved since does not shift them.
 */
export async function pageJobs(database: Database, page: JobListPage): Promise<JobRow[]> {
  const { filter, order, limit, after, before, fromEnd = false } = page;
  const isUpward = order.direction === "ASC";
  const direction = isUpward === fromEnd ? Prisma.sql`desc` : Prisma.sql`asc`;
  const [later, earlier] = isUpward ? [Prisma.sql`>`, Prisma.sql`<`] : [Prisma.sql`<`, Prisma.sql`>`];
  const sortKeys = keysOf(order).map((key) => Prisma.sql`${key} ${direction}`);
  const rows = await database.prisma.$queryRaw<JobRow[]>`
    select ${JOB_COLUMNS} from job
    where ${isJobOf(filter)}
      and ${order.by === "ENDED_AT" ? Prisma.sql`ended_at is not null` : Prisma.sql`true`}
      and ${isBeyond(order, later, after)} and ${isBeyond(order, earlier, before)}
    order by ${Prisma.join(sortKeys)} limit ${limit}`;
  return fromEnd ? rows.reverse() : rows;
}

function keysOf({ by }: JobOrder): Prisma.Sql[] {
  const time = { NUMBER: [], CREATED_AT: [Prisma.sql`job.created_at`], ENDED_AT: [Prisma.sql`job.ended_at`] };
  return [...time[by], Prisma.sql`job.number`];
}

function isBeyond(order: JobOrder, comparison: Prisma.Sql, position: JobPosition | undefined): Prisma.Sql {
  if (position === undefined) return Prisma.sql`true`;
  if (order.by === "NUMBER") return Prisma.sql`job.number ${comparison} ${position.number}`;
  return Prisma.sql`(${Prisma.join(keysOf(order))}) ${comparison} (${position.time}::timestamptz, ${position.number}::bigint)`;
}
