import type { BlockRef } from "../extract/chain-block.ts";
import { wait } from "../extract/wait.ts";
import { reportLive } from "../store/live.ts";
import type { JobTask } from "./job-task.ts";

const POLL_MS = 500;
const REPORT_MS = 1_000;

/** Follows the chain's head (its finalized block, where the manifest says so) and reports what it sees to the job's row. */
export class HeadWatch {
  readonly #task: JobTask;
  #head: BlockRef | undefined;
  #fetched: bigint | null = null;
  #reported = "";
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  constructor(task: JobTask) {
    this.#task = task;
  }

  /** Asks the chain. Undefined while it has no finalized block. */
  async read(signal = this.#task.reading): Promise<BlockRef | undefined> {
    const { chain, manifest } = this.#task;
    this.#head = manifest.finalizedBlocksOnly ? await chain.finalized(signal) : await chain.head(signal);
    return this.#head;
  }

  /**
   * Waits until the head is another one than that read last.
   * @throws the signal's reason when it aborts
   */
  async change(signal = this.#task.reading): Promise<BlockRef | undefined> {
    const before = this.#head?.hash;
    do {
      await wait(POLL_MS, signal);
      await this.read(signal);
      await this.report();
    } while (this.#head?.hash === before);
    return this.#head;
  }

  /** Tells operators the head and the last block fetched; at most once a second. */
  async report(fetchedBlock: bigint | null = this.#fetched): Promise<void> {
    this.#fetched = fetchedBlock;
    const head = this.#head;
    if (head === undefined || performance.now() - this.#reportedAtMs < REPORT_MS) return;
    const report = `${head.number}/${fetchedBlock}`;
    if (report === this.#reported) return;
    this.#reported = report;
    this.#reportedAtMs = performance.now();
    const { database, owner } = this.#task;
    await reportLive(database, owner, { headBlock: head.number, headTimestamp: head.timestamp, fetchedBlock });
  }
}
