import { RequestBudget } from "./request-budget.ts";
import { wait } from "./wait.ts";

/** Waits are told in steps of this length. */
const STEP_MS = 1_000;

export type PaceSettings = {
  readonly concurrency: number;
  readonly requestsPerMinute: number | undefined;
  /** Told while a request waits because of a limit: it is slow on purpose. */
  readonly onAdvance?: (() => void) | undefined;
  /** Told when such a wait begins, and every second of it. */
  readonly onLimit?: (() => void) | undefined;
};

/** Lets requests to one endpoint through: so many at once, so many a minute, none during a pause. First come, first served. */
export class Pace {
  readonly #budget: RequestBudget;
  readonly #onAdvance: () => void;
  readonly #onLimit: () => void;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(settings: PaceSettings) {
    this.#onAdvance = settings.onAdvance ?? (() => {});
    this.#onLimit = settings.onLimit ?? (() => {});
    this.#free = settings.concurrency;
    this.#budget = new RequestBudget(settings.requestsPerMinute);
  }

  /** Runs `send`, a request of so many calls, when its turn has come. */
  async run<Answer>(calls: number, send: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
    await this.#enter(signal);
    try {
      await this.#rest(this.#budget.reserve(calls, performance.now()), signal);
      // A pause may have begun while this request waited for its turn.
      for (let pauseMs = this.#pausedMs(); pauseMs > 0; pauseMs = this.#pausedMs()) await this.#rest(pauseMs, signal);
      return await send();
    } finally {
      this.#leave();
    }
  }

  /** Holds every request back, those too that wait already. */
  pause(durationMs: number): void {
    this.#budget.pause(durationMs, performance.now());
  }

  async #rest(durationMs: number, signal: AbortSignal): Promise<void> {
    for (let leftMs = durationMs; leftMs > 0; leftMs -= STEP_MS) {
      this.#onLimit();
      await wait(Math.min(leftMs, STEP_MS), signal);
      this.#onAdvance();
    }
  }

  #pausedMs(): number {
    return this.#budget.pausedMs(performance.now());
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      const place = this.#waiting.indexOf(resolve);
      if (place >= 0) this.#waiting.splice(place, 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener("abort", onAbort, { once: true });
    await promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
