import { type BlockRange, lowerBlock, mergeRanges } from "./block-range.ts";
import { TABLE_NAMES, type TableName } from "./table-name.ts";

/** A range and the tables that miss every block of it, in the order of {@link TABLE_NAMES}. */
export type Work = { readonly range: BlockRange; readonly tables: readonly TableName[] };

/**
 * The lowest missing block over all tables, and as far as the same tables miss the blocks after it.
 *
 * ```
 *   blocks        0–9            ├────────────┤
 *   transactions  4–20                ├─────────────────┤
 *   next                         0–3: blocks; then 4–9: both; then 10–20: transactions
 * ```
 *
 * @param missing per table, in any order
 * @param targetEnd the last block to extract now, inclusive
 * @returns `undefined` when nothing is missing up to the target
 */
export function nextWork(missing: ReadonlyMap<TableName, readonly BlockRange[]>, targetEnd: bigint): Work | undefined {
  const firsts = TABLE_NAMES.flatMap((table) => {
    const first = mergeRanges(missing.get(table) ?? [])[0];
    if (first === undefined || first.start > targetEnd) return [];
    return [{ table, range: { start: first.start, end: lowerBlock(first.end, targetEnd) } }];
  });
  if (firsts.length === 0) return undefined;

  const start = firsts.map(({ range }) => range.start).reduce(lowerBlock);
  const changes = firsts.map(({ range }) => (range.start === start ? range.end : range.start - 1n));
  const tables = firsts.filter(({ range }) => range.start === start).map(({ table }) => table);
  return { range: { start, end: changes.reduce(lowerBlock) }, tables };
}
