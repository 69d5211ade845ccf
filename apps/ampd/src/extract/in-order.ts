import type { BlockRange } from "../domain/block-range.ts";

export type Window<Item> = {
  readonly range: BlockRange;
  /** How many are fetched or wait for the consumer at once, at most. */
  readonly concurrency: number;
  /** The same in bytes; one item is always let through. */
  readonly maxBytes: number;
  readonly fetch: (number: bigint, signal: AbortSignal) => Promise<Item>;
};

/**
 * Fetches a range side by side and yields it in order. When the consumer breaks, the signal fires or a fetch fails, the
 * others are aborted, and the end is told only when none of them runs.
 */
export async function* inOrder<Item extends { readonly sizeBytes: number }>(
  window: Window<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const { range, concurrency, fetch } = window;
  const stop = new AbortController();
  const stopSignal = AbortSignal.any([signal, stop.signal]);
  const budget = new ByteBudget(window.maxBytes);
  const running: Promise<Item>[] = [];
  let next = range.start;
  try {
    while (next <= range.end || running.length > 0) {
      signal.throwIfAborted();
      while (next <= range.end && running.length < concurrency && budget.hasRoom(running.length)) {
        running.push(watch(fetch(next, stopSignal), budget));
        next += 1n;
      }
      const item = await running[0];
      running.shift();
      if (item === undefined) return;
      budget.deliver(item.sizeBytes);
      yield item;
    }
  } finally {
    stop.abort();
    await Promise.allSettled(running);
  }
}

/** A failed fetch is met when its turn comes; until then nobody waits for it, and that is no unhandled rejection. */
function watch<Item extends { readonly sizeBytes: number }>(fetched: Promise<Item>, budget: ByteBudget): Promise<Item> {
  const item = fetched.then((arrived) => {
    budget.arrive(arrived.sizeBytes);
    return arrived;
  });
  item.catch(() => undefined);
  return item;
}

/** Sizes are known only on arrival: what is under way is taken to be as large as the average of what has arrived. */
class ByteBudget {
  readonly #maxBytes: number;
  #heldBytes = 0;
  #heldCount = 0;
  #seenBytes = 0;
  #seenCount = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  hasRoom(running: number): boolean {
    if (running === 0) return true;
    const averageBytes = this.#seenCount === 0 ? 0 : this.#seenBytes / this.#seenCount;
    return this.#heldBytes + (running - this.#heldCount + 1) * averageBytes <= this.#maxBytes;
  }

  arrive(sizeBytes: number): void {
    this.#heldBytes += sizeBytes;
    this.#heldCount += 1;
    this.#seenBytes += sizeBytes;
    this.#seenCount += 1;
  }

  deliver(sizeBytes: number): void {
    this.#heldBytes -= sizeBytes;
    this.#heldCount -= 1;
  }
}
