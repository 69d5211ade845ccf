import type { TableGap } from "../domain/diagnosis-input.ts";
import type { Database } from "./database.ts";
import { Prisma } from "./generated/client.ts";
import type { JobRow } from "./job-row.ts";
import type { TablesKey } from "./table.ts";

/** Where a job's tables lie, and what they lack. */
export type TableGaps = {
  /** Stores of its tables; empty before a worker took them. */
  readonly storeIds: readonly string[];
  /** One per table that has files behind a hole. */
  readonly gaps: readonly TableGap[];
};

type GapRow = TablesKey & {
  readonly table: string;
  readonly storeId: string | null;
  readonly writerJob: bigint | null;
  /** The first block that the chain lacks. */
  readonly nextBlock: bigint;
  /** First block of the first file behind it; null when there is none. */
  readonly firstBeyond: bigint | null;
  readonly filesBeyond: bigint;
};

/**
 * The gaps in the tables of each job, by job number, in one read. Of a table that another job has gone on with, none: they
 * are not this job's.
 */
export async function gapsOf(database: Database, jobs: readonly JobRow[]): Promise<Map<bigint, TableGaps>> {
  if (jobs.length === 0) return new Map();
  const keys = jobs.map((job) => Prisma.sql`(${job.namespace}, ${job.name}, ${job.manifestHash})`);
  // Few files are off the chain: an index holds them alone.
  const rows = await database.prisma.$queryRaw<GapRow[]>`
    select t.namespace, t.name, t.manifest_hash as "manifestHash", t.table_name as "table", t.store_id as "storeId",
      t.writer_job as "writerJob", next.block as "nextBlock", beyond.first as "firstBeyond", beyond.files as "filesBeyond"
    from dataset_table t join manifest m on m.hash = t.manifest_hash,
      lateral (select coalesce(t.current_block + 1, m.start_block) as block) next,
      lateral (select min(f.start_block) as first, count(*) as files from table_file f
        where f.table_id = t.id and not f.canonical and f.start_block > next.block) beyond
    where t.active and (t.namespace, t.name, t.manifest_hash) in (values ${Prisma.join(keys)})
    order by t.id`;
  return new Map(
    jobs.map((job) => [
      job.number,
      toGaps(
        rows.filter((row) => isOf(row, job)),
        job,
      ),
    ]),
  );
}

function toGaps(rows: readonly GapRow[], job: JobRow): TableGaps {
  const storeIds = new Set(rows.flatMap(({ storeId }) => storeId ?? []));
  return { storeIds: [...storeIds], gaps: rows.flatMap((row) => gapOf(row, job) ?? []) };
}

function gapOf(row: GapRow, job: JobRow): TableGap | undefined {
  const { table, writerJob, nextBlock, firstBeyond, filesBeyond } = row;
  if (firstBeyond === null || writerJob !== job.number) return undefined;
  return { table, missing: { start: nextBlock, end: firstBeyond - 1n }, filesBeyond };
}

function isOf(row: TablesKey, job: TablesKey): boolean {
  return row.namespace === job.namespace && row.name === job.name && row.manifestHash === job.manifestHash;
}
