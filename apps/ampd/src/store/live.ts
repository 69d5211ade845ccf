import type { LiveReport } from "../domain/live-report.ts";
import type { Database } from "./database.ts";
import { isOwnedBy, type Ownership } from "./job-own.ts";
import type { JobRow } from "./job-row.ts";

/** What the owner reports; the database adds the times. */
export type LiveFigures = Omit<LiveReport, "attempt" | "reportedAt" | "advancedAt"> & {
  /** How long ago a stage last advanced, in milliseconds. */
  readonly idleMs: number;
};

/** A job's standing, read at one time. */
export type LiveReading = {
  /** The database's time. */
  readonly now: Date;
  /** Of the job's manifest: the first block that the dataset wants. */
  readonly startBlock: bigint;
  readonly network: string;
  /** What its last owner reported last, of whatever attempt; undefined before the first report. */
  readonly live: LiveReport | undefined;
};

/**
 * What the owner does and sees of the chain just now; changes neither the job's version nor its `updated_at`.
 * @param report.isNews whether to wake those who watch the job
 */
export async function reportLive(
  database: Database,
  owner: Ownership,
  report: { readonly figures: LiveFigures; readonly isNews: boolean },
): Promise<void> {
  const { figures, isNews } = report;
  await database.prisma.$queryRaw`
    with reported as (
      insert into job_live (job_number, attempt, advanced_at, head_block, head_timestamp, fetched_block, waits_for,
        in_flight_blocks, in_flight_rows, in_flight_bytes, blocks_per_second, bytes_per_second, slow_blocks_per_second,
        fast_blocks_per_second, chain_seconds_per_block)
      select number, attempt, now() - ${figures.idleMs} * interval '1 millisecond', ${figures.headBlock},
        ${figures.headTimestamp}, ${figures.fetchedBlock}, ${figures.waitsFor}::wait_cause, ${figures.inFlightBlocks},
        ${figures.inFlightRows}, ${figures.inFlightBytes}, ${figures.blocksPerSecond}::double precision, ${figures.bytesPerSecond}::double precision,
        ${figures.slowBlocksPerSecond}::double precision, ${figures.fastBlocksPerSecond}::double precision, ${figures.chainSecondsPerBlock}::double precision
      from job where ${isOwnedBy(owner)}
      on conflict (job_number) do update set attempt = excluded.attempt, reported_at = now(),
        advanced_at = excluded.advanced_at, head_block = excluded.head_block, head_timestamp = excluded.head_timestamp,
        fetched_block = excluded.fetched_block, waits_for = excluded.waits_for,
        in_flight_blocks = excluded.in_flight_blocks, in_flight_rows = excluded.in_flight_rows,
        in_flight_bytes = excluded.in_flight_bytes, blocks_per_second = excluded.blocks_per_second,
        bytes_per_second = excluded.bytes_per_second, slow_blocks_per_second = excluded.slow_blocks_per_second,
        fast_blocks_per_second = excluded.fast_blocks_per_second,
        chain_seconds_per_block = excluded.chain_seconds_per_block
      returning job_number
    )
    select pg_notify('amp', 'tables ' || job_number)::text from reported where ${isNews}::boolean`;
}

type ReadingRow = Omit<LiveReading, "live"> & { readonly number: bigint } & (
    | LiveReport
    | { readonly [Column in keyof LiveReport]: null }
  );

/** By job number, in one read, whatever their number; also of jobs that are gone or never reported. */
export async function readLive(
  database: Database,
  jobs: readonly Pick<JobRow, "number" | "manifestHash">[],
): Promise<Map<bigint, LiveReading>> {
  if (jobs.length === 0) return new Map();
  const numbers = jobs.map(({ number }) => number);
  const hashes = jobs.map(({ manifestHash }) => manifestHash);
  const rows = await database.prisma.$queryRaw<ReadingRow[]>`
    select j.number, now() as now, m.start_block as "startBlock", m.network, l.attempt, l.reported_at as "reportedAt",
      l.head_block as "headBlock", l.head_timestamp as "headTimestamp", l.fetched_block as "fetchedBlock",
      l.in_flight_blocks as "inFlightBlocks", l.in_flight_rows as "inFlightRows", l.in_flight_bytes as "inFlightBytes",
      l.blocks_per_second as "blocksPerSecond", l.bytes_per_second as "bytesPerSecond",
      l.slow_blocks_per_second as "slowBlocksPerSecond", l.fast_blocks_per_second as "fastBlocksPerSecond",
      l.chain_seconds_per_block as "chainSecondsPerBlock", l.advanced_at as "advancedAt", l.waits_for::text as "waitsFor"
    from unnest(${numbers}::bigint[], ${hashes}::bpchar[]) as j (number, hash)
    join manifest m on m.hash = j.hash left join job_live l on l.job_number = j.number`;
  return new Map(rows.map((row) => [row.number, toReading(row)]));
}

function toReading({ number, now, startBlock, network, ...live }: ReadingRow): LiveReading {
  return { now, startBlock, network, live: live.attempt === null ? undefined : live };
}
