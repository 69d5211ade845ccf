import {
  type BlockRange,
  containsBlock,
  higherBlock,
  intersectRanges,
  mergeRanges,
  subtractRanges,
} from "./block-range.ts";
import { type ChainFile, canonicalChain, inOrder, isAdjacent } from "./canonical-chain.ts";
import type { BlockHash } from "./segment-file.ts";

/**
 * The blocks of `wanted` that are to be extracted, as the fewest ranges, ascending: those that no file holds, and those
 * whose extraction lets a fork join the chain. Takes the files of one table in any order.
 *
 * ```
 *   chain    ├──0–5──┤
 *   fork        ├──3–8──┤   newer, and ends beyond the chain: 0–2 is extracted again, then 3–8 links to it
 * ```
 *
 * The newest evidence wins, or a repair that the chain refutes would be repeated for ever: a file off the chain counts
 * as a fork until a newer one holds its first block or the block before. After that its blocks are missing.
 *
 * @param startBlock the first block that the dataset wants
 */
export function missingRanges(wanted: BlockRange, files: Iterable<ChainFile>, startBlock: bigint): BlockRange[] {
  const ordered = inOrder(files);
  const chain = canonicalChain(ordered, startBlock);
  const { held, repairs } = weighForks(ordered, chain);
  const repairsWanted = repairs.map((repair) => intersectRanges(wanted, repair)).filter((range) => range !== undefined);
  return mergeRanges([...subtractRanges(wanted, held), ...repairsWanted]);
}

type Forks = {
  /** Files whose blocks need no extraction: the chain, forks that a repair can link, and islands beyond a hole. */
  readonly held: readonly ChainFile[];
  readonly repairs: readonly BlockRange[];
};

function weighForks(ordered: readonly ChainFile[], chain: readonly ChainFile[]): Forks {
  const tail = chain.at(-1);
  if (tail === undefined) return { held: ordered, repairs: [] };

  const canonical = new Set(chain);
  const others = ordered.filter((file) => !canonical.has(file));
  const islands = others.filter((file) => file.start > tail.end + 1n);
  const reach = reachOf(others);
  const forks: ChainFile[] = [];
  const repairs: BlockRange[] = [];
  for (const file of others.slice(0, others.length - islands.length)) {
    const isContinuation = forks.some((fork) => isAdjacent(fork, file));
    const repair = isContinuation ? undefined : repairOf(file, chain, forks);
    if (isContinuation || repair !== undefined) forks.push(file);
    if (repair !== undefined && (reach.get(file) ?? file.end) > tail.end) repairs.push(repair);
  }
  return { held: [...chain, ...forks, ...islands], repairs };
}

/**
 * What to extract again so that `file` can link: the canonical segment before it, up to it, without what an unfinished
 * repair has extracted already. `undefined` when `file` has lost its place.
 */
function repairOf(file: ChainFile, chain: readonly ChainFile[], forks: readonly ChainFile[]): BlockRange | undefined {
  const before = holderOf(chain, file.start - 1n);
  const rival = holderOf(chain, file.start);
  if (before === undefined) return undefined;

  const newerForks = forks.filter((fork) => fork.createdAtNs > file.createdAtNs);
  const isRefuted =
    before.createdAtNs > file.createdAtNs ||
    (rival !== undefined && rival.createdAtNs > file.createdAtNs) ||
    newerForks.some((fork) => fork.end >= file.start - 1n);
  if (isRefuted) return undefined;
  const start = newerForks.map((fork) => fork.end + 1n).reduce(higherBlock, before.start);
  return { start, end: file.start - 1n };
}

/** The last block that a line of links from each file arrives at. */
function reachOf(ordered: readonly ChainFile[]): Map<ChainFile, bigint> {
  const byPrevHash = new Map<BlockHash, ChainFile[]>();
  const reach = new Map<ChainFile, bigint>();
  for (const file of ordered.toReversed()) {
    const nexts = (byPrevHash.get(file.hash) ?? []).filter((next) => isAdjacent(file, next));
    const ends = nexts.map((next) => reach.get(next) ?? next.end);
    reach.set(file, ends.reduce(higherBlock, file.end));
    pushTo(byPrevHash, file.prevHash, file);
  }
  return reach;
}

/** The file of the chain that holds the block, by bisection. */
function holderOf(chain: readonly ChainFile[], block: bigint): ChainFile | undefined {
  let low = 0;
  let high = chain.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const file = chain[middle];
    if (file !== undefined && file.end < block) low = middle + 1;
    else high = middle;
  }
  const found = chain[low];
  return found !== undefined && containsBlock(found, block) ? found : undefined;
}

function pushTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
