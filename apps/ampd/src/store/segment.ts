import { type ChainChange, extendChain } from "../domain/canonical-chain.ts";
import { OwnershipLostError } from "../domain/errors.ts";
import type { SegmentFile } from "../domain/segment-file.ts";
import type { Database } from "./database.ts";
import { isRefusal } from "./database-error.ts";
import { Prisma } from "./generated/client.ts";
import { isOwnedBy, type Ownership, requireOwned } from "./job-own.ts";
import type { TableRow } from "./table.ts";
import { type FileRow, filesFrom } from "./table-file.ts";

/** A file of a segment that is about to be written. */
export type NewFile = { readonly tableId: bigint; readonly name: string };

/**
 * Records the names before a byte is written, so that whatever dies, the files can be found.
 *
 * Two published files of a table never have the same creation time, even when the clock stands: two open segments may, but
 * an attempt opens its next one after it has published the last, and of two attempts the fence lets only the later publish.
 * @returns per table the creation time of its file: database time in nanoseconds, and later than the table's last file
 * @throws OwnershipLostError
 */
export async function openSegment(
  database: Database,
  owner: Ownership,
  files: readonly NewFile[],
): Promise<Map<bigint, bigint>> {
  const ids = files.map(({ tableId }) => tableId);
  const names = files.map(({ name }) => name);
  const rows = await database.prisma.$queryRaw<{ id: bigint; createdAtNs: bigint }[]>`
    with owner as (
      select number, attempt from job where ${isOwnedBy(owner)} for share
    ), recorded as (
      insert into pending_file (table_id, name, job_number, attempt)
      select f.id, f.name, o.number, o.attempt
      from owner o, unnest(${ids}::bigint[], ${names}::text[]) as f (id, name)
      returning table_id
    )
    select t.id, greatest((extract(epoch from clock_timestamp()) * 1000000000)::bigint, coalesce(t.last_file_ns, 0) + 1)
      as "createdAtNs"
    from dataset_table t join recorded r on r.table_id = t.id`;
  if (rows.length !== files.length) throw new OwnershipLostError(owner.job);
  return new Map(rows.map((row) => [row.id, row.createdAtNs]));
}

/** A durable file and the table that it belongs to, as the writer knows it. */
export type PublishedFile = { readonly table: TableRow; readonly startBlock: bigint; readonly file: SegmentFile };

/**
 * Registers the durable files of one segment: file rows of all tables, their sums and the notification in one fenced
 * transaction. A publish that appends reads no more than the tail; any other one the files behind it.
 * @throws OwnershipLostError when another attempt owns the job, writes the tables, or swept the files: nothing is changed
 */
export async function publishSegment(
  database: Database,
  owner: Ownership,
  files: readonly PublishedFile[],
): Promise<void> {
  const plans = await Promise.all(files.map((file) => planPublish(database, file)));
  const { prisma } = database;
  try {
    await prisma.$transaction([
      requireOwned(database, owner),
      ...plans.map((plan) => prisma.$queryRaw(publishSql(owner, plan))),
      prisma.$executeRaw`update job set failures = 0 where number = ${owner.job} and failures <> 0`,
      // What was in hand is published: no reader sees it twice.
      prisma.$executeRaw`
        update job_live set in_flight_blocks = 0, in_flight_rows = 0, in_flight_bytes = 0
        where job_number = ${owner.job} and in_flight_blocks <> 0`,
      prisma.$queryRaw`select pg_notify('amp', ${`tables ${owner.job}`})::text`,
    ]);
  } catch (error) {
    if (isRefusal(error)) throw new OwnershipLostError(owner.job);
    throw error;
  }
}

type Plan = PublishedFile & {
  readonly change: ChainChange<FileRow>;
  readonly chainVersion: number;
  readonly isCanonical: boolean;
};

async function planPublish(database: Database, published: PublishedFile): Promise<Plan> {
  const { table, file, startBlock } = published;
  const known = await filesFrom(database, table.id, file);
  const row: FileRow = { ...file, id: 0n, canonical: false };
  const change = extendChain({
    progress: known.progress,
    before: known.before,
    file: row,
    following: known.following,
    startBlock,
  });
  return { ...published, change, chainVersion: known.chainVersion, isCanonical: change.joined.includes(row) };
}

function publishSql(owner: Ownership, plan: Plan): Prisma.Sql {
  const { table, file, change } = plan;
  const flips = [...change.joined, ...change.left].filter(({ id }) => id !== 0n).map(({ id }) => id);
  const { progress } = change;
  return Prisma.sql`
    with taken as (
      delete from pending_file where table_id = ${table.id} and name = ${file.name} and job_number = ${owner.job}
        and attempt = ${owner.attempt} returning table_id
    ), added as (
      insert into table_file (table_id, name, start_block, end_block, network, hash, prev_hash, timestamp, size_bytes,
        row_count, created_at_ns, canonical)
      select table_id, ${file.name}, ${file.start}, ${file.end}, ${file.network}, ${file.hash}, ${file.prevHash},
        ${file.timestamp}, ${file.sizeBytes}, ${file.rowCount}, ${file.createdAtNs}, ${plan.isCanonical}
      from taken returning id
    ), flipped as (
      update table_file set canonical = not canonical, retire_at = null where table_id = ${table.id} and id = any (${flips}::bigint[])
      returning id
    ), summed as (
      update dataset_table set start_block = ${progress.startBlock}, current_block = ${progress.currentBlock},
        current_block_timestamp = ${progress.currentTimestamp}, files_count = ${progress.filesCount}, total_size_bytes = ${progress.totalSizeBytes},
        row_count = ${progress.rowCount}, last_file_ns = greatest(last_file_ns, ${file.createdAtNs}),
        chain_version = chain_version + 1
      where id = ${table.id} and writer_job = ${owner.job} and chain_version = ${plan.chainVersion} returning id
    )
    select amp_require((select count(*) from added) = 1 and (select count(*) from summed) = 1
      and (select count(*) from flipped) = ${flips.length}, 'OWNERSHIP_LOST')`;
}
