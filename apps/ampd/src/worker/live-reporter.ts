import { setTimeout as sleep } from "node:timers/promises";
import { ChainPace } from "../domain/chain-pace.ts";
import { blocksToFetch } from "../domain/fetch-position.ts";
import { ProgressWindow } from "../domain/progress-window.ts";
import { waitCause } from "../domain/wait-cause.ts";
import type { BlockRef } from "../extract/chain-block.ts";
import type { Database } from "../store/database.ts";
import { describeFault } from "../store/describe-fault.ts";
import type { Ownership } from "../store/job-own.ts";
import { type LiveFigures, reportLive } from "../store/live.ts";
import type { Log } from "../telemetry/log.ts";
import type { Watchdog } from "./watchdog.ts";

export type ReporterTools = {
  readonly database: Database;
  readonly owner: Ownership;
  /** Knows what goes on just now. */
  readonly watchdog: Pick<Watchdog, "idleMs" | "awaited">;
  readonly log: Log;
};

/** Where an attempt begins. */
export type ReportStart = {
  /** The first block that the dataset wants. */
  readonly startBlock: bigint;
  /** The slowest table's last contiguous block. */
  readonly currentBlock: bigint | null;
};

type InHand = Pick<LiveFigures, "inFlightBlocks" | "inFlightRows" | "inFlightBytes">;

const EVERY_MS = 1_000;
/** The attempt's end is not held up for longer. */
const LAST_REPORT_MS = 2_000;
const NOTHING_IN_HAND: InHand = { inFlightBlocks: 0n, inFlightRows: 0n, inFlightBytes: 0n };

/**
 * Tells operators once a second how one attempt gets on, also while nothing comes. Never two reports at once; one that
 * fails is left to the next second.
 *
 * ```
 *   heads, blocks, limits ─► figures ─┐
 *                      watchdog ──────┴─► every second: job_live, and a notification when there is news
 * ```
 */
export class LiveReporter {
  readonly #tools: ReporterTools;
  readonly #window = new ProgressWindow();
  readonly #pace = new ChainPace();
  #start: ReportStart = { startBlock: 0n, currentBlock: null };
  #target: bigint | undefined;
  #head: BlockRef | undefined;
  #fetchedBlock: bigint | null = null;
  #blocks = 0;
  #bytes = 0;
  #inHand = NOTHING_IN_HAND;
  #isLimited = false;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #isStale = false;
  #isOver = false;
  #told = "";

  constructor(tools: ReporterTools) {
    this.#tools = tools;
  }

  /** From now on, until `stop` or `end`; after those it does nothing. */
  start(start: ReportStart): void {
    if (this.#isOver) return;
    this.#start = start;
    this.#takeSample();
    this.#timer = setInterval(() => {
      this.#takeSample();
      this.#report();
    }, EVERY_MS);
  }

  /** The block that the job is to reach; undefined when it follows the chain. */
  aimAt(target: bigint | undefined): void {
    this.#target = target;
  }

  sawHead(head: BlockRef): void {
    const isFirst = this.#head === undefined;
    this.#head = head;
    this.#pace.add(head);
    if (isFirst) this.#report();
  }

  /** A block was appended to the segment in hand. */
  collected(
    block: { readonly number: bigint; readonly sizeBytes: number },
    segment: { readonly blocks: number; readonly rows: number; readonly bytes: number },
  ): void {
    this.#blocks += 1;
    this.#bytes += block.sizeBytes;
    this.#fetchedBlock = block.number;
    this.#inHand = {
      inFlightBlocks: BigInt(segment.blocks),
      inFlightRows: BigInt(segment.rows),
      inFlightBytes: BigInt(segment.bytes),
    };
  }

  /** The segment in hand is published, or dropped. */
  handedOver(): void {
    this.#inHand = NOTHING_IN_HAND;
    // A report that is under way may come after the publish, and show it as still in hand.
    this.#isStale = this.#sending !== undefined;
  }

  /** A limit of the endpoint holds a request back. */
  limited(): void {
    this.#isLimited = true;
  }

  /** No more reports. Idempotent. */
  stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  /** The last report: nothing is in hand any more. Never rejects, and takes 2 s at most. */
  async end(): Promise<void> {
    this.stop();
    this.#inHand = NOTHING_IN_HAND;
    this.#takeSample();
    const waiting = new AbortController();
    const last = (this.#sending ?? Promise.resolve()).then(() => this.#send());
    await Promise.race([last, sleep(LAST_REPORT_MS, undefined, { signal: waiting.signal }).catch(() => undefined)]);
    waiting.abort();
  }

  #takeSample(): void {
    this.#window.add({ atMs: performance.now(), blocks: this.#blocks, bytes: this.#bytes });
  }

  #report(): void {
    if (this.#isOver) return;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
      if (this.#isStale) this.#report();
    });
  }

  async #send(): Promise<void> {
    const head = this.#head;
    if (head === undefined) return;
    const { database, owner, log } = this.#tools;
    const figures = this.#figures(head);
    const news = newsOf(figures);
    this.#isLimited = false;
    this.#isStale = false;
    try {
      await reportLive(database, owner, { figures, isNews: news !== this.#told });
      this.#told = news;
    } catch (error) {
      log.debug({ job: String(owner.job), ...describeFault(error) }, "a report failed; the next one comes in a second");
    }
  }

  #figures(head: BlockRef): LiveFigures {
    const nowMs = performance.now();
    const { idleMs, awaited } = this.#tools.watchdog;
    const rates = this.#etaRates(nowMs, head.number);
    return {
      headBlock: head.number,
      headTimestamp: head.timestamp,
      fetchedBlock: this.#fetchedBlock,
      ...this.#inHand,
      ...this.#window.rates(nowMs),
      slowBlocksPerSecond: rates?.slowBlocksPerSecond ?? null,
      fastBlocksPerSecond: rates?.fastBlocksPerSecond ?? null,
      chainSecondsPerBlock: this.#pace.secondsPerBlock,
      idleMs: Math.round(idleMs),
      waitsFor: waitCause({ awaited, idleMs, isLimited: this.#isLimited }),
    };
  }

  #etaRates(nowMs: number, headBlock: bigint) {
    if (this.#target === undefined) return null;
    const state = { ...this.#start, fetchedBlock: this.#fetchedBlock };
    return this.#window.etaRates(nowMs, blocksToFetch(state, { headBlock, targetBlock: this.#target }));
  }
}

/** Equal for reports that look the same to those who watch: rates by their first two digits. */
function newsOf(figures: LiveFigures): string {
  const { headBlock, fetchedBlock, inFlightBlocks, inFlightRows, inFlightBytes } = figures;
  const { blocksPerSecond, bytesPerSecond, slowBlocksPerSecond, fastBlocksPerSecond, chainSecondsPerBlock } = figures;
  const rates = [blocksPerSecond, bytesPerSecond, slowBlocksPerSecond, fastBlocksPerSecond, chainSecondsPerBlock];
  const blocks = [headBlock, fetchedBlock, inFlightBlocks, inFlightRows, inFlightBytes];
  return [...blocks, ...rates.map((rate) => rate?.toPrecision(2))].join();
}
