import type { Database } from "./database.ts";
import type { JobLive } from "./generated/client.ts";
import { isOwnedBy, type Ownership } from "./job-own.ts";

export type LiveRow = JobLive;

export type LiveFigures = {
  readonly headBlock: bigint;
  /** Seconds since 1970. */
  readonly headTimestamp: bigint;
  /** The last block fetched, published or not. */
  readonly fetchedBlock: bigint | null;
};

/** What the owner sees of the chain just now; changes neither the job's version nor its `updated_at`. */
export async function reportLive(database: Database, owner: Ownership, live: LiveFigures): Promise<void> {
  await database.prisma.$queryRaw`
    with reported as (
      insert into job_live (job_number, head_block, head_timestamp, fetched_block)
      select number, ${live.headBlock}, ${live.headTimestamp}, ${live.fetchedBlock} from job where ${isOwnedBy(owner)}
      on conflict (job_number) do update set head_block = excluded.head_block, reported_at = now(),
        head_timestamp = excluded.head_timestamp, fetched_block = excluded.fetched_block
      returning job_number
    )
    select pg_notify('amp', 'tables ' || job_number)::text from reported`;
}

/** By job number; jobs that never reported are absent. */
export async function liveOf(database: Database, jobs: readonly bigint[]): Promise<Map<bigint, LiveRow>> {
  const rows = await database.prisma.jobLive.findMany({ where: { jobNumber: { in: [...jobs] } } });
  return new Map(rows.map((row) => [row.jobNumber, row]));
}
