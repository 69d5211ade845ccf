import type { BlockRef } from "../extract/chain-block.ts";
import { wait } from "../extract/wait.ts";
import type { JobTask } from "./job-task.ts";

const POLL_MS = 500;

/** Follows the chain's head: its finalized block, where the manifest says so. */
export class HeadWatch {
  readonly #task: JobTask;
  #head: BlockRef | undefined;

  constructor(task: JobTask) {
    this.#task = task;
  }

  /** Asks the chain. Undefined while it has no finalized block. */
  async read(signal = this.#task.reading): Promise<BlockRef | undefined> {
    const { chain, manifest, live } = this.#task;
    this.#head = manifest.finalizedBlocksOnly ? await chain.finalized(signal) : await chain.head(signal);
    if (this.#head !== undefined) live.sawHead(this.#head);
    return this.#head;
  }

  /**
   * Waits until the head is another one than that read last.
   * @throws the signal's reason when it aborts
   */
  async change(signal = this.#task.reading): Promise<BlockRef | undefined> {
    const before = this.#head?.hash;
    this.#task.advance("waiting for a new head", "HEAD");
    do {
      await wait(POLL_MS, signal);
      await this.read(signal);
    } while (this.#head?.hash === before);
    return this.#head;
  }
}
