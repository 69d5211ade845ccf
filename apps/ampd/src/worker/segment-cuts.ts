import { alignedChunks, type BlockRange } from "../domain/block-range.ts";

/** Where segments end whatever else happens. */
export type SegmentCuts = {
  /** The first block that the dataset wants. */
  readonly startBlock: bigint;
  /** A segment ends before every multiple of it. */
  readonly blocks: bigint;
};

/**
 * Cuts a range into the longest segments that are allowed, ascending and lazily. The dataset's first block stands alone:
 * a file tells the hash of its last block only, and by the hash of its first block another chain is told.
 *
 * ```
 *   start block 0, 0–25 by 10  →  0, 1–9, 10–19, 20–25
 * ```
 */
export function* segmentRanges(range: BlockRange, { startBlock, blocks }: SegmentCuts): Generator<BlockRange> {
  const isFirst = range.start === startBlock;
  if (isFirst) yield { start: startBlock, end: startBlock };
  yield* alignedChunks(isFirst ? { start: startBlock + 1n, end: range.end } : range, blocks);
}

/** The last block that may join an open segment whose next block is `next`; undefined when it ends before that. */
export function lastInSegment(next: bigint, { startBlock, blocks }: SegmentCuts): bigint | undefined {
  if (next === startBlock + 1n || next % blocks === 0n) return undefined;
  return next - (next % blocks) + blocks - 1n;
}
