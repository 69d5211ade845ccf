import { higherBlock, lowerBlock } from "./block-range.ts";

/** What is known of where a job stands. */
export type FetchState = {
  /** The first block that the dataset wants. */
  readonly startBlock: bigint;
  /** The slowest table's last contiguous block. */
  readonly currentBlock: bigint | null;
  readonly fetchedBlock: bigint | null;
};

/** The last block that needs no more fetching, published or in hand; the one before the first, while there is none. */
export function fetchPosition({ startBlock, currentBlock, fetchedBlock }: FetchState): bigint {
  const before = startBlock - 1n;
  return higherBlock(currentBlock ?? before, fetchedBlock ?? before);
}

/**
 * How many blocks are there to be fetched on the way to the target: those up to the target, or to the head where that is
 * lower. Islands beyond a hole count as if they were not there.
 */
export function blocksToFetch(state: FetchState, goal: { readonly headBlock: bigint; readonly targetBlock: bigint }) {
  return higherBlock(lowerBlock(goal.headBlock, goal.targetBlock) - fetchPosition(state), 0n);
}
