import { type BlockRange, lowerBlock } from "../domain/block-range.ts";
import { EndpointFailingError, OwnershipLostError } from "../domain/errors.ts";
import { missingRanges } from "../domain/missing-ranges.ts";
import { nextWork, type Work } from "../domain/next-work.ts";
import type { BlockHash } from "../domain/segment-file.ts";
import type { TableName } from "../domain/table-name.ts";
import { BrokenLinkError } from "../extract/broken-link-error.ts";
import type { BlockRef } from "../extract/chain-block.ts";
import { wait } from "../extract/wait.ts";
import { recordReorg } from "../store/job-own.ts";
import { confirmFinal, listWrittenBy } from "../store/table.ts";
import { lastCanonicalFile, listFiles } from "../store/table-file.ts";
import { extractWork } from "./extract-work.ts";
import type { HeadWatch } from "./head-watch.ts";
import type { JobTask } from "./job-task.ts";
import { nameOf } from "./publish.ts";
import { findReorgs, type Reorgs } from "./reconcile.ts";

const REORG_SETTLE_MS = 250;
const CONFIRM_MS = 30_000;
/** So many in a row, with longer and longer waits between (4 s in all), are an endpoint that contradicts itself. */
const MAX_BROKEN_LINKS = 5;

/**
 * Each round looks at the head, at what is published and at what is missing, so it goes on from wherever an earlier
 * attempt, a crash or a reorg left the tables.
 */
export class Rounds {
  readonly #task: JobTask;
  readonly #heads: HeadWatch;
  readonly #target: bigint | undefined;
  /** Nothing is missing but what lies behind the chains. It stays so until a reorg: no other job writes the tables. */
  #isContiguous = false;
  #hasExtracted = false;
  #brokenLinks = 0;
  #recordedReorg = "";
  #confirmedAtMs = Number.NEGATIVE_INFINITY;

  constructor(task: JobTask, heads: HeadWatch, target: bigint | undefined) {
    this.#task = task;
    this.#heads = heads;
    this.#target = target;
  }

  /**
   * Does the next piece of work, or waits for a new head where there is none.
   * @returns whether the target is reached
   */
  async run(): Promise<boolean> {
    const head = await this.#heads.read();
    const reorgs = await findReorgs(this.#task);
    const goal = this.#goalAt(head);
    const work = goal === undefined ? undefined : await this.#plan(goal, reorgs);
    const isReached = work === undefined && this.#target !== undefined && goal === this.#target;
    if (reorgs.size === 0) await this.#confirmFinal(isReached);
    else await this.#recordReorg(reorgs);
    if (work !== undefined) {
      await this.#extract(work, goal);
      return false;
    }
    if (isReached) return true;
    await this.#heads.change();
    return false;
  }

  /** Once for each, also when it takes several rounds. */
  async #recordReorg(reorgs: Reorgs): Promise<void> {
    const { database, owner, nodeId, log } = this.#task;
    const ranges = Object.fromEntries(
      [...reorgs].map(([table, { start, end }]) => [table, { start: String(start), end: String(end) }]),
    );
    const recorded = JSON.stringify(ranges);
    if (recorded === this.#recordedReorg) return;
    this.#recordedReorg = recorded;
    log.warn({ job: String(owner.job), ranges }, "the chain has replaced published blocks: extracting them again");
    await recordReorg(database, owner, { nodeId, ranges });
  }

  /** The tables are on the endpoint's branch: what it calls final there stays. Asked for now and then, and at the end. */
  async #confirmFinal(isLast: boolean): Promise<void> {
    const { database, chain, owner, reading } = this.#task;
    const nowMs = performance.now();
    if (!isLast && nowMs - this.#confirmedAtMs < CONFIRM_MS) return;
    const finalized = await chain.finalized(reading);
    if (finalized === undefined) return;
    await confirmFinal(database, owner, finalized.number);
    this.#confirmedAtMs = nowMs;
  }

  /** Up to where the chain is worth extracting now; undefined while there is nothing yet. */
  #goalAt(head: BlockRef | undefined): bigint | undefined {
    if (head === undefined || head.number < this.#task.manifest.startBlock) return undefined;
    return this.#target === undefined ? head.number : lowerBlock(head.number, this.#target);
  }

  async #plan(goal: bigint, reorgs: Reorgs): Promise<Work | undefined> {
    const { database, owner, tables, manifest } = this.#task;
    const rows = await listWrittenBy(database, owner.job);
    if (rows.length !== tables.length) throw new OwnershipLostError(owner.job);
    const missing = new Map<TableName, readonly BlockRange[]>();
    if (reorgs.size > 0) this.#isContiguous = false;
    let isContiguous = reorgs.size === 0;
    for (const table of rows) {
      const wanted = { start: manifest.startBlock, end: goal };
      const behind = rangeOf((table.currentBlock ?? manifest.startBlock - 1n) + 1n, goal);
      const ranges = this.#isContiguous
        ? behind
        : missingRanges(wanted, await listFiles(database, table.id), manifest.startBlock);
      isContiguous &&= isEqual(ranges, behind);
      const reorg = reorgs.get(nameOf(table));
      missing.set(nameOf(table), reorg === undefined ? ranges : [...ranges, reorg]);
    }
    this.#isContiguous = isContiguous;
    return nextWork(missing, goal);
  }

  async #extract(work: Work, goal: bigint | undefined): Promise<void> {
    const hashBefore = await this.#hashBefore(work);
    // A segment that is to grow must be one of all tables, or the others would lack what it grew by.
    // What is there when an attempt begins is published at once: others may have waited for it since a lease ran out.
    const isAtHead =
      this.#hasExtracted &&
      work.range.end === goal &&
      goal !== this.#target &&
      work.tables.length === this.#task.tables.length;
    try {
      await extractWork(this.#task, this.#heads, { ...work, hashBefore, isAtHead, target: this.#target });
      this.#hasExtracted = true;
      this.#brokenLinks = 0;
    } catch (error) {
      if (!(error instanceof BrokenLinkError)) throw error;
      await this.#settleReorg(error);
    }
  }

  /** The next round walks back. An endpoint of several nodes may need a moment until they agree. */
  async #settleReorg(link: BrokenLinkError): Promise<void> {
    const { log, owner, chain, reading } = this.#task;
    this.#brokenLinks += 1;
    if (this.#brokenLinks > MAX_BROKEN_LINKS) {
      const { endpoint } = chain;
      const fields = { endpoint, block: String(link.number) };
      throw new EndpointFailingError(`endpoint ${endpoint} contradicts itself: ${link.message}`, fields, {
        cause: link,
      });
    }
    log.warn({ job: String(owner.job), block: String(link.number) }, "a reorg is under way: walking back");
    await wait(REORG_SETTLE_MS * this.#brokenLinks, reading);
  }

  /** The parent that the first block must have: the end of the canonical file right before it. */
  async #hashBefore({ range, tables }: Work): Promise<BlockHash | undefined> {
    const table = this.#task.tables.find((candidate) => tables.includes(nameOf(candidate)));
    if (table === undefined || range.start === 0n) return undefined;
    const file = await lastCanonicalFile(this.#task.database, table.id, range.start - 1n);
    return file?.end === range.start - 1n ? file.hash : undefined;
  }
}

function rangeOf(start: bigint, end: bigint): BlockRange[] {
  return start <= end ? [{ start, end }] : [];
}

function isEqual(a: readonly BlockRange[], b: readonly BlockRange[]): boolean {
  return a.length === b.length && a.every((range, at) => range.start === b[at]?.start && range.end === b[at]?.end);
}
