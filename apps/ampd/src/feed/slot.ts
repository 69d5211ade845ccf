/**
 * A subscriber's place at the hub: it holds one value, and a newer one replaces it, so a client that does not read costs
 * no memory. An iterator of its own rather than a generator, whose `return()` would wait for the value that never comes.
 */
export class Slot<T> implements AsyncIterableIterator<T, undefined> {
  readonly #intervalMs: number;
  readonly #keyOf: (value: T) => string;
  readonly #onClose: () => void;
  /** Readers in the order of their calls. */
  readonly #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #fresh: { readonly value: T; readonly key: string } | undefined;
  #deliveredKey: string | undefined;
  #quietUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isLast = false;
  #isClosed = false;

  /**
   * @param options.intervalMs at most one value per interval; the last one is always delivered, and at once
   * @param options.keyOf values with the key of the one delivered before are dropped
   */
  constructor(options: { intervalMs: number; keyOf: (value: T) => string; onClose: () => void }) {
    this.#intervalMs = options.intervalMs;
    this.#keyOf = options.keyOf;
    this.#onClose = options.onClose;
  }

  /** Replaces what has not been read yet. After a last value the iteration ends. */
  offer(value: T, isLast: boolean): void {
    if (this.#isClosed || this.#isLast) return;
    this.#isLast = isLast;
    const key = this.#keyOf(value);
    this.#fresh = key === this.#deliveredKey ? undefined : { value, key };
    this.#deliver();
  }

  /** Ends the iteration after what has not been read yet. */
  finish(): void {
    this.#isLast = true;
    this.#deliver();
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#deliver();
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #deliver(): void {
    if (this.#waiting.length === 0) return;
    if (this.#isClosed || (this.#isLast && this.#fresh === undefined)) {
      this.#close();
      return;
    }
    if (this.#fresh === undefined) return;
    const waitMs = this.#isLast ? 0 : this.#quietUntilMs - performance.now();
    if (waitMs > 0) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#deliver();
      }, waitMs);
      return;
    }
    this.#stopTimer();
    const { value, key } = this.#fresh;
    this.#fresh = undefined;
    this.#deliveredKey = key;
    this.#quietUntilMs = performance.now() + this.#intervalMs;
    this.#waiting.shift()?.({ done: false, value });
    // Another reader may wait for the end that this last value brings.
    this.#deliver();
  }

  #close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#stopTimer();
      this.#fresh = undefined;
      this.#onClose();
    }
    for (const resolve of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
