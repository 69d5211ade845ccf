import type { Log } from "../telemetry/log.ts";
import { describeFault } from "./describe-fault.ts";

export type PollSettings = {
  readonly name: string;
  /** From the end of one run to the start of the next, unless it is woken before. */
  readonly everyMs: number;
  readonly run: () => Promise<void>;
  readonly log: Log;
};

/**
 * A periodic look at the database, never twice at once; a notification wakes it early. A fault is survived, and
 * logged once for as long as it lasts.
 */
export class Poll {
  readonly #settings: PollSettings;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isWoken = false;
  #isStopped = true;
  #isFailing = false;

  constructor(settings: PollSettings) {
    this.#settings = settings;
  }

  start(): void {
    this.#isStopped = false;
    this.wake();
  }

  wake(): void {
    if (this.#isStopped) return;
    this.#isWoken = true;
    this.#running ??= this.#runAll();
  }

  /** Resolves when the run that is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #runAll(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#isWoken && !this.#isStopped) {
      this.#isWoken = false;
      await this.#run();
    }
    this.#running = undefined;
    if (!this.#isStopped) this.#timer = setTimeout(() => this.wake(), this.#settings.everyMs);
  }

  async #run(): Promise<void> {
    const { name, run, log } = this.#settings;
    try {
      await run();
      if (this.#isFailing) log.info({ poll: name }, "a periodic task works again");
      this.#isFailing = false;
    } catch (error) {
      // During an outage every poll fails every second or two.
      const level = this.#isFailing ? "debug" : "error";
      this.#isFailing = true;
      log[level]({ ...describeFault(error), poll: name }, "a periodic task failed; it will run again");
    }
  }
}
