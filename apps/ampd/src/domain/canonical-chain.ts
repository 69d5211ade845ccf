/**
 * Which of a table's files form its chain. Files overlap after a reorg, a repair or a compaction; the chain is the one
 * line through them that counts.
 *
 * ```
 *   chain    ├──0–5──┤├──6–9──┤├──10–12──┤
 *   orphan            ├──6–8──┤                    older than 6–9, and starts at the same block
 *   island                                ├─20─┤   not linked yet: nothing before it was extracted
 * ```
 *
 * The walk picks, after each file, the first one in order of start (newest first among equals) that links to it by
 * hash. So a change touches only what stands behind it, and only until the new line meets the old one again.
 */

import type { SegmentFile } from "./segment-file.ts";
import type { TableProgress } from "./table-progress.ts";

/** What the chain needs to know of a file; rows that carry more pass through unchanged. */
export type ChainFile = Pick<
  SegmentFile,
  "start" | "end" | "network" | "hash" | "prevHash" | "timestamp" | "sizeBytes" | "rowCount" | "createdAtNs"
>;

/** Bounds and sums over the chain alone. */
export type ChainProgress = Omit<TableProgress, "table">;

/** What a new file changes: the files whose `canonical` flag flips, and the table's figures afterwards. */
export type ChainChange<F> = {
  /** Files that turn canonical, the new one first. Empty when the new file joins nothing. */
  readonly joined: readonly F[];
  /** Files that stop being canonical. */
  readonly left: readonly F[];
  readonly progress: ChainProgress;
  /** Whether every file behind the given ones keeps its flag; if not, the given ones must be all there are. */
  readonly settled: boolean;
};

export const EMPTY_PROGRESS: ChainProgress = {
  startBlock: null,
  currentBlock: null,
  currentTimestamp: null,
  filesCount: 0n,
  totalSizeBytes: 0n,
  rowCount: 0n,
};

/**
 * The full walk. Files of one table in any order → those of its chain, ascending.
 * Empty when no file covers `startBlock`, the first block that the dataset wants.
 */
export function canonicalChain<F extends ChainFile>(files: Iterable<F>, startBlock: bigint): F[] {
  const chain: F[] = [];
  for (const file of inOrder(files)) {
    if (canFollow(chain.at(-1), file, startBlock)) chain.push(file);
  }
  return chain;
}

/** Bounds and sums of a chain, as {@link canonicalChain} returns it. */
export function chainProgress(chain: readonly ChainFile[]): ChainProgress {
  return {
    ...addFiles(EMPTY_PROGRESS, chain, 1n),
    startBlock: chain[0]?.start ?? null,
    currentBlock: chain.at(-1)?.end ?? null,
    currentTimestamp: chain.at(-1)?.timestamp ?? null,
  };
}

/**
 * The incremental step: what publishing `file` changes. Equal to a full walk over all files, but reads only from the
 * new file on: an append with nothing behind it needs no row but the tail.
 *
 * @param change.progress the table's figures so far
 * @param change.before the last canonical file that stands before the new one in the order of the walk; `undefined`
 *   when there is none
 * @param change.following files that stand behind the new one, in the order of the walk: at least every canonical one
 *   and every one that starts after the new one's end. They may be the first page of more: when the answer is not
 *   `settled`, call again with more of them
 */
export function extendChain<F extends ChainFile & { readonly canonical: boolean }>(change: {
  readonly progress: ChainProgress;
  readonly before: F | undefined;
  readonly file: F;
  readonly following: readonly F[];
  readonly startBlock: bigint;
}): ChainChange<F> {
  const { progress, before, file, following, startBlock } = change;
  if (!canFollow(before, file, startBlock)) return { joined: [], left: [], progress, settled: true };

  const joined = [file];
  const left: F[] = [];
  let tail = file;
  let settled = false;
  for (const next of inOrder(following)) {
    const links = isAdjacent(tail, next);
    settled = links && next.canonical;
    if (settled) break;
    if (links) {
      joined.push(next);
      tail = next;
    } else if (next.canonical) {
      left.push(next);
    }
  }
  return {
    joined,
    left,
    settled,
    progress: {
      ...addFiles(addFiles(progress, joined, 1n), left, -1n),
      startBlock: before === undefined ? file.start : progress.startBlock,
      currentBlock: settled ? progress.currentBlock : tail.end,
      currentTimestamp: settled ? progress.currentTimestamp : tail.timestamp,
    },
  };
}

/** Whether the walk, having come to `tail` (`undefined`: nothing yet), takes `file` as its next. */
function canFollow(tail: ChainFile | undefined, file: ChainFile, startBlock: bigint): boolean {
  return tail === undefined ? file.start <= startBlock : isAdjacent(tail, file);
}

/** Whether `b` goes on where `a` ends: the hashes link. A hole in the numbers is allowed. */
export function isAdjacent(a: ChainFile, b: ChainFile): boolean {
  return a.network === b.network && a.end < b.start && a.hash === b.prevHash;
}

/** The order of the walk: by start, newest first among equals. */
export function inOrder<F extends ChainFile>(files: Iterable<F>): F[] {
  return [...files].sort(compareFiles);
}

/** Two files of one table never have the same instant; what follows it only makes the order total. */
function compareFiles(a: ChainFile, b: ChainFile): number {
  return (
    ascending(a.start, b.start) ||
    ascending(b.createdAtNs, a.createdAtNs) ||
    ascending(b.end, a.end) ||
    ascending(a.hash, b.hash) ||
    ascending(a.prevHash, b.prevHash)
  );
}

function ascending<T extends bigint | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function addFiles(progress: ChainProgress, files: readonly ChainFile[], sign: 1n | -1n): ChainProgress {
  let { filesCount, totalSizeBytes, rowCount } = progress;
  for (const file of files) {
    filesCount += sign;
    totalSizeBytes += sign * file.sizeBytes;
    rowCount += sign * file.rowCount;
  }
  return { ...progress, filesCount, totalSizeBytes, rowCount };
}
