import type { Database } from "./database.ts";
import { Prisma } from "./generated/client.ts";

/** A registered Parquet file, as people look at it. */
export type TableFileRow = {
  readonly id: bigint;
  readonly name: string;
  readonly startBlock: bigint;
  readonly endBlock: bigint;
  /** Of the last block. */
  readonly hash: string;
  readonly sizeBytes: bigint;
  readonly rowCount: bigint;
  readonly createdAt: Date;
  readonly canonical: boolean;
};

/** A place among the files of a table: by first block, those of one block by id. */
export type FilePosition = { readonly startBlock: bigint; readonly id: bigint };

export type FilePage = {
  readonly tableId: bigint;
  /** True: the canonical chain; false: what is off it; undefined: both. */
  readonly canonical: boolean | undefined;
  readonly limit: number;
  /** Exclusive, as `before` is. */
  readonly after?: FilePosition | undefined;
  readonly before?: FilePosition | undefined;
  /** Read the page next to `before`, or the last one, not the one next to `after`. */
  readonly fromEnd?: boolean;
};

/** At most `limit` files of a table by first block, whatever the direction of reading. */
export async function pageFiles(database: Database, page: FilePage): Promise<TableFileRow[]> {
  const { tableId, canonical, limit, after, before, fromEnd = false } = page;
  const direction = fromEnd ? Prisma.sql`desc` : Prisma.sql`asc`;
  const rows = await database.prisma.$queryRaw<TableFileRow[]>`
    select id, name, start_block as "startBlock", end_block as "endBlock", hash, size_bytes as "sizeBytes",
      row_count as "rowCount", to_timestamp(created_at_ns / 1000000 / 1000.0)::timestamptz(3) as "createdAt", canonical
    from table_file
    where table_id = ${tableId} and ${isKind(canonical)}
      and ${isBeyond(Prisma.sql`>`, after)} and ${isBeyond(Prisma.sql`<`, before)}
    order by start_block ${direction}, id ${direction} limit ${limit}`;
  return fromEnd ? rows.reverse() : rows;
}

/** How many files of a table are off its canonical chain: few, and an index holds them alone. */
export async function countOtherFiles(database: Database, tableId: bigint): Promise<number> {
  return database.prisma.tableFile.count({ where: { tableId, canonical: false } });
}

function isKind(canonical: boolean | undefined): Prisma.Sql {
  if (canonical === undefined) return Prisma.sql`true`;
  return canonical ? Prisma.sql`canonical` : Prisma.sql`not canonical`;
}

function isBeyond(comparison: Prisma.Sql, position: FilePosition | undefined): Prisma.Sql {
  if (position === undefined) return Prisma.sql`true`;
  const { startBlock, id } = position;
  return Prisma.sql`(start_block, id) ${comparison} (${startBlock}::bigint, ${id}::bigint)`;
}
