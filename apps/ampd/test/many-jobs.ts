import type { JobStatus } from "../src/domain/job.ts";
import type { Database } from "../src/store/database.ts";
import { Prisma } from "../src/store/generated/client.ts";

/** A row of `job` as it stands in the end, however it would have come there. Times are in ms since 1970. */
export type WrittenJob = {
  readonly number: number;
  readonly status: JobStatus;
  readonly name: string;
  readonly hash: string;
  readonly nodeId: string | null;
  readonly errorCode: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly endedMs: number | null;
  readonly retryOf: number | null;
};

/** A transaction of Prisma may take 5 s. */
const BATCH = 20_000;

/** Deletes every job, active or not. */
export function clearJobs(database: Database): Promise<void> {
  return runUnguarded(database, Prisma.sql`delete from job`);
}

/** Writes rows past the guards and past the foreign keys. */
export function writeJobs(database: Database, jobs: readonly WrittenJob[]): Promise<void> {
  return runUnguarded(
    database,
    Prisma.sql`
      insert into job (number, status, namespace, name, manifest_hash, node_id, last_error, created_at, updated_at,
        ended_at, retry_of)
      select number, status::job_status, '_', name, hash, "nodeId",
        case when "errorCode" is not null then jsonb_build_object('code', "errorCode") end, to_timestamp("createdMs" / 1000.0),
        to_timestamp("updatedMs" / 1000.0), to_timestamp("endedMs" / 1000.0), "retryOf"
      from jsonb_to_recordset(${JSON.stringify(jobs)}::jsonb) as written (number bigint, status text, name text, hash text,
        "nodeId" text, "errorCode" text, "createdMs" bigint, "updatedMs" bigint, "endedMs" bigint, "retryOf" bigint)`,
  );
}

/**
 * Writes `count` jobs of 50 datasets, three in one millisecond: the last 50 are RUNNING, of the others every 20th FAILED,
 * every 10th STOPPED, and the rest COMPLETED.
 */
export async function writeManyJobs(database: Database, count: number): Promise<void> {
  for (let start = 1; start <= count; start += BATCH) {
    await runUnguarded(
      database,
      Prisma.sql`
      insert into job (number, status, namespace, name, manifest_hash, node_id, last_error, created_at, updated_at,
        ended_at, retry_of)
      select n,
        case when n > ${count} - 50 then 'RUNNING' when n % 20 = 0 then 'FAILED' when n % 10 = 1 then 'STOPPED'
          else 'COMPLETED' end::job_status,
        '_', 'eth_' || n % 50, lpad((n % 50)::text, 64, '0'), 'worker-' || n % 8,
        case when n % 20 = 0 then jsonb_build_object('code', 'ENDPOINT_FAILING') end,
        timestamptz '2026-01-01Z' + (n / 3) * interval '1 ms', timestamptz '2026-01-01Z' + (n / 3 + 5) * interval '1 ms',
        case when n <= ${count} - 50 then timestamptz '2026-01-01Z' + (n / 3 + 5) * interval '1 ms' end,
        case when n % 1000 = 0 then n - 1 end
      from generate_series(${start}::bigint, ${Math.min(count, start + BATCH - 1)}::bigint) n`,
    );
  }
  await database.prisma.$executeRawUnsafe("vacuum analyze job");
}

async function runUnguarded({ prisma }: Database, statement: Prisma.Sql): Promise<void> {
  await prisma.$transaction([
    prisma.$executeRaw`set local session_replication_role = replica`,
    prisma.$executeRaw(statement),
  ]);
}
