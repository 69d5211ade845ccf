const MINUTE_MS = 60_000;
/** Calls that may start at once after a quiet time: a second's worth, at least one. */
const BURST_MS = 1000;

/**
 * Keeps a limit of calls a minute by spacing them out, and the pauses that an endpoint asks for. Pure: time comes in.
 * (Generic cell rate algorithm: `#busyUntilMs` is when everything granted so far is paid for.)
 */
export class RequestBudget {
  readonly #costMs: number;
  #busyUntilMs = 0;
  #pausedUntilMs = 0;

  constructor(requestsPerMinute: number | undefined) {
    this.#costMs = requestsPerMinute === undefined ? 0 : MINUTE_MS / requestsPerMinute;
  }

  /** Grants so many calls and says how long to wait before they start. */
  reserve(calls: number, nowMs: number): number {
    const startMs = Math.max(nowMs, this.#pausedUntilMs, this.#busyUntilMs - Math.max(BURST_MS - this.#costMs, 0));
    this.#busyUntilMs = Math.max(this.#busyUntilMs, startMs) + calls * this.#costMs;
    return startMs - nowMs;
  }

  /** Nothing starts before the pause is over; a shorter one does not cut a longer one. */
  pause(durationMs: number, nowMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + durationMs);
  }

  /** How much longer the pause lasts. */
  pausedMs(nowMs: number): number {
    return Math.max(this.#pausedUntilMs - nowMs, 0);
  }
}
