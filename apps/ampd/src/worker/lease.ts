import type { Database } from "../store/database.ts";
import { type Registration, registerWorker, renewLease } from "../store/worker.ts";

export type LeaseTools = {
  /** A connection that nothing else uses: a lease must not run out because jobs keep the database busy. */
  readonly database: Database;
  readonly registration: Omit<Registration, "takeOver">;
  /** Called each time it is taken, or held again after it was lost. */
  readonly onHeld: () => void;
  /** Everything that is owned by it must be dropped, before this returns. Called once each time it is lost. */
  readonly onLost: (why: string) => void;
  /** Somebody wants the worker to leave. Called at every renewal from then on. */
  readonly onDrain: () => void;
};

/**
 * A worker's lease, as its own clock sees it: from before the question was sent, so it always ends before the database's.
 *
 * ```
 *   take ─► held ──renew──► held ──renew──► …
 *             └ not in time: lost, at that very moment ──renew──► held again
 *             └ another incarnation has the row: lost, until that one's lease is over
 * ```
 */
export class Lease {
  readonly #tools: LeaseTools;
  #untilMs = Number.NEGATIVE_INFINITY;
  #isHeld = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(tools: LeaseTools) {
    this.#tools = tools;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Takes the row of the node id. @returns false while another incarnation holds it */
  async take(takeOver: boolean): Promise<boolean> {
    const { database, registration } = this.#tools;
    const untilMs = performance.now() + registration.leaseMs;
    const isTaken = await registerWorker(database, { ...registration, takeOver });
    if (isTaken) this.#hold(untilMs);
    return isTaken;
  }

  /** Renews it, or takes the row again where nobody else holds it. */
  async renew(): Promise<void> {
    this.check();
    const { database, registration, onDrain } = this.#tools;
    const untilMs = performance.now() + registration.leaseMs;
    const row = await renewLease(database, registration, registration.leaseMs);
    if (row !== undefined) {
      this.#hold(untilMs);
      if (row.draining) onDrain();
    } else if (!(await this.take(false))) {
      this.#lose("another process has its node id");
    }
  }

  /**
   * Loses the lease now if its time is over. The timer does so too, but it may come late: a process that was paused gets
   * the answers of disk and network first.
   */
  check(): void {
    if (performance.now() >= this.#untilMs) this.#lose("its lease ran out");
  }

  /** Ends the timer: what is lost from now on is lost in silence. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#isHeld = false;
  }

  #hold(untilMs: number): void {
    this.#untilMs = untilMs;
    // An answer that took longer than the lease is a lease that is over.
    if (!this.#isHeld && performance.now() < untilMs) {
      this.#isHeld = true;
      this.#tools.onHeld();
    }
    this.#watch();
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const leftMs = this.#untilMs - performance.now();
    if (leftMs <= 0) this.check();
    else this.#timer = setTimeout(() => this.#watch(), leftMs);
  }

  #lose(why: string): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#tools.onLost(why);
  }
}
