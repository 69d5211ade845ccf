import type { TableProgress } from "./table-progress.ts";

/** The table that holds the others back, the first of several; null while all are equally far. A table without a chain is behind any other. */
export function bottleneckTable(tables: readonly Pick<TableProgress, "table" | "currentBlock">[]): string | null {
  const [first] = tables;
  if (first === undefined || tables.every(({ currentBlock }) => currentBlock === first.currentBlock)) return null;
  return tables.reduce((slowest, table) => (isBehind(table, slowest) ? table : slowest), first).table;
}

/**
 * How far the published blocks are behind the chain, by the times in its own blocks.
 * @param timestamps in seconds since 1970
 * @returns seconds, at least 0; null while either is unknown
 */
export function lagSeconds(timestamps: {
  readonly head: bigint | null;
  readonly published: bigint | null;
}): number | null {
  const { head, published } = timestamps;
  if (head === null || published === null) return null;
  return Math.max(0, Number(head - published));
}

function isBehind(a: Pick<TableProgress, "currentBlock">, b: Pick<TableProgress, "currentBlock">): boolean {
  if (b.currentBlock === null) return false;
  return a.currentBlock === null || a.currentBlock < b.currentBlock;
}
