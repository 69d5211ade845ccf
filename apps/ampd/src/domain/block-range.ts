/** A contiguous range of block numbers, both ends inclusive. `start <= end` always holds; an empty range is `undefined`. */
export type BlockRange = { readonly start: bigint; readonly end: bigint };

/** How many blocks the range holds; at least 1. */
export function blockCount(range: BlockRange): bigint {
  return range.end - range.start + 1n;
}

export function containsBlock(range: BlockRange, block: bigint): boolean {
  return range.start <= block && block <= range.end;
}

/** The blocks that both ranges hold, or `undefined` when they share none. */
export function intersectRanges(a: BlockRange, b: BlockRange): BlockRange | undefined {
  const start = higherBlock(a.start, b.start);
  const end = lowerBlock(a.end, b.end);
  return start <= end ? { start, end } : undefined;
}

/**
 * The same blocks as the fewest ranges: ascending, none overlapping or touching another.
 *
 * ```
 *   ├─0–3─┤   ├─6–8─┤           ├─0–8─┤
 *        ├─3–5─┤          →                ├─10–10─┤
 *                  ├─10─┤
 * ```
 */
export function mergeRanges(ranges: Iterable<BlockRange>): BlockRange[] {
  const merged: BlockRange[] = [];
  for (const range of [...ranges].sort(byStart)) {
    const last = merged.at(-1);
    if (last === undefined || range.start > last.end + 1n) {
      merged.push({ start: range.start, end: range.end });
    } else {
      merged[merged.length - 1] = { start: last.start, end: higherBlock(last.end, range.end) };
    }
  }
  return merged;
}

/** The blocks of `range` that none of `others` holds, as the fewest ranges, ascending. Others come in any order. */
export function subtractRanges(range: BlockRange, others: Iterable<BlockRange>): BlockRange[] {
  const left: BlockRange[] = [];
  let next = range.start;
  for (const other of mergeRanges(others)) {
    if (other.start > range.end) break;
    if (other.start > next) left.push({ start: next, end: other.start - 1n });
    if (other.end >= next) next = other.end + 1n;
  }
  if (next <= range.end) left.push({ start: next, end: range.end });
  return left;
}

/**
 * Cuts a range before every multiple of `size`, ascending and lazily: wherever a run starts, the next one cuts at the
 * same blocks.
 *
 * ```
 *   7–25 by 10  →  7–9, 10–19, 20–25
 * ```
 *
 * @param size in blocks, at least 1
 */
export function* alignedChunks(range: BlockRange, size: bigint): Generator<BlockRange, void, undefined> {
  let start = range.start;
  while (start <= range.end) {
    const end = lowerBlock(start - (start % size) + size - 1n, range.end);
    yield { start, end };
    start = end + 1n;
  }
}

/** `Math.min` takes no bigint. */
export function lowerBlock(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

export function higherBlock(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

function byStart(a: BlockRange, b: BlockRange): number {
  if (a.start === b.start) return 0;
  return a.start < b.start ? -1 : 1;
}
