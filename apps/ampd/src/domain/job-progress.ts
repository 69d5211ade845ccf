import { higherBlock, lowerBlock } from "./block-range.ts";
import type { TableProgress } from "./table-progress.ts";

/** How far a job is, over all its tables. */
export type JobProgress = {
  /** The highest first block; null until every table has one. */
  readonly startBlock: bigint | null;
  /** The slowest table's last contiguous block; null until every table has one. */
  readonly currentBlock: bigint | null;
  /** Time of that block in seconds since 1970; null until every table's is known. */
  readonly currentTimestamp: bigint | null;
  readonly filesCount: bigint;
  readonly totalSizeBytes: bigint;
  readonly rowCount: bigint;
  readonly targetBlock: bigint | null;
  readonly headBlock: bigint | null;
  readonly fetchedBlock: bigint | null;
  /** From `currentBlock` to the target, or to the head where that is lower; null while either is unknown. */
  readonly lagBlocks: bigint | null;
  readonly tables: readonly TableProgress[];
};

/**
 * Adds the tables up.
 * @param source.live what the owner last reported of the chain; absent before its first report
 */
export function jobProgress(source: {
  readonly tables: readonly TableProgress[];
  readonly targetBlock: bigint | null;
  readonly live: { readonly headBlock: bigint; readonly fetchedBlock: bigint | null } | undefined;
}): JobProgress {
  const { tables, targetBlock, live } = source;
  const currentBlock = reduceAll(tables, (table) => table.currentBlock, lowerBlock);
  const headBlock = live?.headBlock ?? null;
  return {
    startBlock: reduceAll(tables, (table) => table.startBlock, higherBlock),
    currentBlock,
    // Times grow with the numbers, so the lowest is the slowest table's.
    currentTimestamp: reduceAll(tables, (table) => table.currentTimestamp, lowerBlock),
    filesCount: sum(tables, (table) => table.filesCount),
    totalSizeBytes: sum(tables, (table) => table.totalSizeBytes),
    rowCount: sum(tables, (table) => table.rowCount),
    targetBlock,
    headBlock,
    fetchedBlock: live?.fetchedBlock ?? null,
    lagBlocks: lagOf(currentBlock, headBlock, targetBlock),
    tables,
  };
}

function lagOf(current: bigint | null, head: bigint | null, target: bigint | null): bigint | null {
  if (current === null || head === null) return null;
  const goal = target === null ? head : lowerBlock(head, target);
  return higherBlock(goal - current, 0n);
}

function reduceAll(
  tables: readonly TableProgress[],
  figureOf: (table: TableProgress) => bigint | null,
  pick: (a: bigint, b: bigint) => bigint,
): bigint | null {
  const values = tables.map(figureOf).filter((value) => value !== null);
  return values.length === 0 || values.length < tables.length ? null : values.reduce(pick);
}

function sum(tables: readonly TableProgress[], figureOf: (table: TableProgress) => bigint): bigint {
  return tables.reduce((total, table) => total + figureOf(table), 0n);
}
