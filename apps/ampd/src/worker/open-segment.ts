import { lowerBlock } from "../domain/block-range.ts";
import type { Work } from "../domain/next-work.ts";
import type { BlockHash } from "../domain/segment-file.ts";
import { BrokenLinkError } from "../extract/broken-link-error.ts";
import { Segment } from "../extract/segment.ts";
import type { HeadWatch } from "./head-watch.ts";
import type { JobTask } from "./job-task.ts";

/** Where a segment begins. */
export type Place = {
  /** The block that is appended next. */
  readonly next: bigint;
  /** The hash that its parent must have; undefined where nothing is known. */
  readonly hashBefore: BlockHash | undefined;
};

export type SegmentPlan = Place & {
  readonly tables: Work["tables"];
  /** The last block that is there already. */
  readonly end: bigint;
  /** The last block to wait for; `end` when none is. */
  readonly growsTo: bigint;
  readonly openMs: number;
};

/** A segment in hand: grows block by block, each linked to the one before, until it is full, its time is over or it fails. */
export class OpenSegment {
  readonly segment: Segment;
  readonly #task: JobTask;
  readonly #heads: HeadWatch;
  readonly #plan: SegmentPlan;
  readonly #openedAtMs = performance.now();
  #next: bigint;
  #hashBefore: BlockHash | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isReplaced = false;

  constructor(task: JobTask, heads: HeadWatch, plan: SegmentPlan) {
    this.segment = new Segment({ network: task.manifest.network, tables: plan.tables });
    this.#task = task;
    this.#heads = heads;
    this.#plan = plan;
    this.#next = plan.next;
    this.#hashBefore = plan.hashBefore;
  }

  /** Where the next segment begins. */
  get place(): Place {
    return { next: this.#next, hashBefore: this.#hashBefore };
  }

  /** Whether the chain has replaced its last block: it is not worth publishing. */
  get isReplaced(): boolean {
    return this.#isReplaced;
  }

  /** Throws what ended it early, for when what is in hand is published. */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /**
   * Appends the blocks that are there, then waits for more. Ends early when there is no more room, at a stop, at a fault,
   * and when its time is over: a silent endpoint does not hold back what is in hand.
   * @throws BrokenLinkError; any other end leaves the segment fit to publish
   */
  async collect(): Promise<void> {
    const { end, growsTo, openMs } = this.#plan;
    const time = new AbortController();
    const close = () => {
      if (this.segment.blocks > 0) time.abort();
    };
    const timer = setTimeout(close, openMs);
    const over = AbortSignal.any([this.#task.reading, time.signal]);
    try {
      await this.#append(end, over);
      if (growsTo > end) await this.#grow(growsTo, over);
    } catch (error) {
      if (this.#task.hard.aborted || error instanceof BrokenLinkError) throw error;
      if (!over.aborted) this.#failure = { error };
    } finally {
      clearTimeout(timer);
    }
  }

  async #append(end: bigint, over: AbortSignal): Promise<void> {
    if (this.#next > end) return;
    this.#task.advance(`collecting block ${this.#next}`, "ENDPOINT");
    for await (const block of this.#task.chain.blocks({ start: this.#next, end }, over)) {
      const { number, parentHash } = block;
      if (this.#hashBefore !== undefined && parentHash !== this.#hashBefore) {
        throw new BrokenLinkError({ number, parentHash, hashBefore: this.#hashBefore });
      }
      this.segment.append(block);
      this.#next = number + 1n;
      this.#hashBefore = block.hash;
      this.#task.advance(`collecting block ${this.#next}`, "ENDPOINT");
      this.#task.live.collected(block, this.segment);
      if (!this.#hasRoom()) return;
    }
  }

  async #grow(growsTo: bigint, over: AbortSignal): Promise<void> {
    while (this.#hasRoom() && this.#next <= growsTo) {
      const head = await this.#heads.change(over);
      if (head === undefined) continue;
      this.#isReplaced = head.number === this.#next - 1n && head.hash !== this.#hashBefore;
      if (this.#isReplaced) return;
      await this.#append(lowerBlock(head.number, growsTo), over);
    }
  }

  #hasRoom(): boolean {
    const { rows, bytes } = this.#task.limits;
    const isFull = this.segment.rows >= rows || this.segment.bytes >= bytes;
    return !isFull && performance.now() - this.#openedAtMs < this.#plan.openMs;
  }
}
