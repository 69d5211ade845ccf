/** A head as it was seen: block number, and its own time in seconds since 1970. */
export type SeenHead = { readonly number: bigint; readonly timestamp: bigint };

const MAX_HEADS = 64;

/** How fast a chain grows, by the times in its own blocks: over the last 64 heads that were seen. */
export class ChainPace {
  #heads: SeenHead[] = [];

  /** Idempotent. A head that is not above the one before (a reorg) takes the place of those that it is not above. */
  add(head: SeenHead): void {
    const below = this.#heads.filter(({ number }) => number < head.number);
    this.#heads = [...below, head].slice(-MAX_HEADS);
  }

  /** Null while fewer than two heads with different times were seen. */
  get secondsPerBlock(): number | null {
    const first = this.#heads[0];
    const last = this.#heads.at(-1);
    if (first === undefined || last === undefined || last.timestamp <= first.timestamp) return null;
    return Number(last.timestamp - first.timestamp) / Number(last.number - first.number);
  }
}
