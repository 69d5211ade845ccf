import { type EtaRates, etaRates } from "./eta-rates.ts";
import { PaceHistory } from "./pace-history.ts";

/** What an attempt has fetched so far; a worker takes one about once a second, also while nothing comes. */
export type ProgressSample = {
  /** Of a clock that never goes back. */
  readonly atMs: number;
  /** Blocks in all since the attempt began. */
  readonly blocks: number;
  /** Bytes in all since the attempt began. */
  readonly bytes: number;
};

/** Averages over the window; null while it is too early to say. */
export type WindowRates = { readonly blocksPerSecond: number | null; readonly bytesPerSecond: number | null };

const WINDOW_MS = 30_000;
/** Less than this says more about the start than about the pace. */
const WARM_UP_MS = 10_000;

/**
 * How fast one attempt goes. A pause counts as time in which nothing came; figures that go back (a reorg) count as
 * nothing, and what is fetched again as fetched. A new attempt starts with a window of its own.
 */
export class ProgressWindow {
  readonly #history = new PaceHistory();
  readonly #windowMs: number;
  #last: ProgressSample | undefined;
  #blocks = 0;
  #bytes = 0;

  constructor(windowMs: number = WINDOW_MS) {
    this.#windowMs = windowMs;
  }

  /** A sample that is older than the one before is left out. */
  add(sample: ProgressSample): void {
    if (sample.atMs < (this.#last?.atMs ?? sample.atMs)) return;
    // What is there at the very first moment has taken no time: counted, it would be an infinite speed.
    const last = this.#last !== undefined && this.#history.ageMs(sample.atMs) > 0 ? this.#last : sample;
    const blocks = Math.max(0, sample.blocks - last.blocks);
    const bytes = Math.max(0, sample.bytes - last.bytes);
    this.#last = sample;
    this.#blocks += blocks;
    this.#bytes += bytes;
    this.#history.add({ atMs: sample.atMs, blocks: this.#blocks, bytes: this.#bytes });
  }

  /** Averages up to now: a standstill lowers them, also while no sample is taken. */
  rates(nowMs: number): WindowRates {
    const ageMs = this.#history.ageMs(nowMs);
    if (ageMs < WARM_UP_MS) return { blocksPerSecond: null, bytesPerSecond: null };
    const startMs = nowMs - Math.min(ageMs, this.#windowMs);
    return {
      blocksPerSecond: this.#history.perSecond("blocks", startMs, nowMs),
      bytesPerSecond: this.#history.perSecond("bytes", startMs, nowMs),
    };
  }

  /**
   * What the interval of the {@link eta} is made from.
   * @param remainingBlocks as {@link blocksToFetch} counts them
   * @returns null while it is too early to say
   */
  etaRates(nowMs: number, remainingBlocks: bigint): EtaRates | null {
    return etaRates(this.#history, { nowMs, remainingBlocks });
  }
}
