import { ACTIVE_STATUSES, JOB_STATUSES, type JobStatus } from "../domain/job.ts";
import type { Database } from "./database.ts";
import { Prisma } from "./generated/client.ts";
import { isJobOf, isJobOfField, type JobFilter, statusArray } from "./job-filter.ts";

/** How many there are; at least so many when it is not exact. */
export type Count = { readonly count: number; readonly isExact: boolean };

export type JobCounts = { readonly total: Count; readonly byStatus: Readonly<Record<JobStatus, Count>> };

/** No index is read further than this, which takes some 60 ms (2026-11-24); a count that would have to is not exact. */
const MAX_EXAMINED = 100_000;

const MAX_NUMBER = 2n ** 63n - 1n;
// What the partial indexes are of.
const IS_RETRY = Prisma.sql`retry_of is not null`;
const HAS_FAILED = Prisma.sql`last_error is not null`;

/** The index that a count reads when the filter gives its field, the narrowest first; newest jobs first. */
const INDEXES: readonly (readonly [keyof JobFilter, (filter: JobFilter) => Prisma.Sql])[] = [
  ["retryOf", ({ retryOf }) => under(Prisma.sql`retry_of`, Prisma.sql`${retryOf}::bigint`, IS_RETRY)],
  ["errorCode", ({ errorCode }) => under(Prisma.sql`last_error ->> 'code'`, Prisma.sql`${errorCode}`, HAS_FAILED)],
  ["manifestHash", ({ manifestHash }) => under(Prisma.sql`manifest_hash`, Prisma.sql`${manifestHash}::bpchar`)],
  [
    "dataset",
    ({ dataset }) =>
      under([Prisma.sql`namespace`, Prisma.sql`name`], Prisma.sql`${dataset?.namespace}, ${dataset?.name}`),
  ],
  ["nodeId", (filter) => Prisma.sql`where ${isJobOfField(filter, "nodeId")} order by node_id desc, status desc`],
  ["ended", (filter) => Prisma.sql`where ${isJobOfField(filter, "ended")} order by ended_at desc, number desc`],
  ["updated", (filter) => Prisma.sql`where ${isJobOfField(filter, "updated")} order by updated_at desc, number desc`],
  ["created", (filter) => Prisma.sql`where ${isJobOfField(filter, "created")} order by created_at desc, number desc`],
];

/**
 * How many jobs the filter selects, in all and by status; statuses that it leaves out have none. One statement, which
 * looks at no more than 100,000 jobs, or at 100,000 of each status where the status is the best that there is to go by.
 */
export async function countJobsByStatus(database: Database, filter: JobFilter): Promise<JobCounts> {
  const statuses = filter.statuses ?? JOB_STATUSES;
  const index = indexOf(filter);
  const rows = await database.prisma.$queryRaw<{ status: JobStatus; examined: bigint; count: bigint }[]>`
    select job.status::text as status, count(*) as examined, count(*) filter (where ${isJobOf(filter)}) as count
    from ${index === undefined ? ofStatuses(statuses) : ofField(filter, index)} job
    group by job.status`;
  const examined = rows.reduce((sum, row) => sum + Number(row.examined), 0);
  const found = new Map(rows.map((row) => [row.status, row]));
  const countOf = (status: JobStatus): Count => {
    const row = found.get(status);
    const looked = index === undefined ? Number(row?.examined ?? 0n) : examined;
    // One more than the most is read, to know that there are more.
    return { count: Math.min(Number(row?.count ?? 0n), MAX_EXAMINED), isExact: looked <= MAX_EXAMINED };
  };
  const byStatus = Object.fromEntries(
    JOB_STATUSES.map((status) => [status, statuses.includes(status) ? countOf(status) : { count: 0, isExact: true }]),
    // Every status is a key.
  ) as Record<JobStatus, Count>;
  const counts = Object.values(byStatus);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  return { total: { count: total, isExact: counts.every(({ isExact }) => isExact) }, byStatus };
}

type Index = (typeof INDEXES)[number];

/** Undefined: the statuses are the best to go by. Active jobs are few, whatever else the filter says. */
function indexOf(filter: JobFilter): Index | undefined {
  const active: readonly JobStatus[] = ACTIVE_STATUSES;
  if (filter.statuses?.every((status) => active.includes(status)) === true) return undefined;
  return INDEXES.find(([field]) => filter[field] !== undefined);
}

function ofField(filter: JobFilter, [, condition]: Index): Prisma.Sql {
  return Prisma.sql`(select * from job ${condition(filter)} limit ${MAX_EXAMINED + 1})`;
}

function ofStatuses(statuses: readonly JobStatus[]): Prisma.Sql {
  return Prisma.sql`unnest(${statusArray([...new Set(statuses)])}) wanted, lateral (
    select * from job ${under(Prisma.sql`status`, Prisma.sql`wanted`)} limit ${MAX_EXAMINED + 1})`;
}

/**
 * Jobs of one key by number, so that no index but that of key and number gives them in order. With a plain `key = value`
 * the planner may walk all jobs by number instead, past however many others (all of 200,000, for 50 running ones).
 */
function under(keys: Prisma.Sql | readonly Prisma.Sql[], value: Prisma.Sql, condition = Prisma.sql`true`): Prisma.Sql {
  const columns = keys instanceof Prisma.Sql ? [keys] : [...keys];
  const key = Prisma.join(columns);
  const descending = Prisma.join(columns.map((column) => Prisma.sql`${column} desc`));
  return Prisma.sql`
    where ${condition} and (${key}, number) >= (${value}, 0) and (${key}, number) <= (${value}, ${MAX_NUMBER}::bigint)
    order by ${descending}, number desc`;
}
