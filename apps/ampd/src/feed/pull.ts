type Reader<T> = {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
};

export type PullSource<T> = {
  /** The next value that is there already; undefined when there is none now: then `deliver` is called when there is. */
  readonly take: () => T | undefined;
  /** Called once, when the iteration is over for whatever reason. */
  readonly onClose: () => void;
};

/**
 * An iteration that takes a value from its source only when a reader asks for one, so that whoever does not read holds
 * nothing here. An iterator of its own rather than a generator, whose `return()` would wait for the value that never comes.
 */
export class Pull<T> implements AsyncIterableIterator<T, undefined> {
  readonly #source: PullSource<T>;
  /** Readers in the order of their calls. */
  readonly #waiting: Reader<T>[] = [];
  #isClosed = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: PullSource<T>) {
    this.#source = source;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Somebody waits for a value. */
  get isWanted(): boolean {
    return this.#waiting.length > 0;
  }

  /** Gives what is there to those who wait for it. */
  deliver(): void {
    while (this.#waiting.length > 0 && !this.#isClosed) {
      const value = this.#source.take();
      if (value === undefined) return;
      this.#waiting.shift()?.resolve({ done: false, value });
    }
  }

  /** Ends the iteration now; with a failure, the next reader is told. */
  end(failure?: { readonly error: unknown }): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#failure = failure;
    this.#source.onClose();
    for (const reader of this.#waiting.splice(0)) this.#finish(reader);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      if (this.#isClosed) {
        this.#finish(reader);
        return;
      }
      this.#waiting.push(reader);
      this.deliver();
    });
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.end();
    this.#failure = undefined;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish({ resolve, reject }: Reader<T>): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) resolve({ done: true, value: undefined });
    else reject(failure.error);
  }
}
