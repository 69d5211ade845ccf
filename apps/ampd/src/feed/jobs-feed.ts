import { setTimeout as sleep } from "node:timers/promises";
import { InvalidArgumentError, TooManySubscriptionsError } from "../domain/errors.ts";
import type { Database } from "../store/database.ts";
import { describeFault } from "../store/describe-fault.ts";
import type { JobFilter } from "../store/job-filter.ts";
import { pageJobs } from "../store/job-list.ts";
import { findJobs } from "../store/job-read.ts";
import type { Log } from "../telemetry/log.ts";
import type { EventLog } from "./event-log.ts";
import { type JobsItem, JobsReader } from "./jobs-reader.ts";
import type { LogItem } from "./log-reader.ts";

export type JobsFeedSettings = {
  readonly database: Database;
  readonly log: Log;
  /** Names the jobs that changed. */
  readonly events: EventLog;
  /** Subscribers at once; one more is refused. */
  readonly maxSubscribers: number;
  /** Changed jobs are read at most once per so long. */
  readonly minReadIntervalMs: number;
  /** After a read that failed: how long until the next one. */
  readonly retryMs?: number;
  /** Jobs that a filter may select at the start; it may grow to ten times as many. */
  readonly maxJobs?: number;
};

const RETRY_MS = 1_000;
const MAX_JOBS_PER_READ = 500;
const MAX_JOBS = 1_000;
const GROWTH = 10;

/**
 * How changes of many jobs reach those who watch them by a filter. The event log names the jobs that changed, so none is
 * missed, also when a notification is; each is read once for all subscribers, whose filters select in memory.
 *
 * ```
 *   event log ─► marked jobs ─► one read ─► reader (its filter, its latest) ─► WebSocket
 *                                       └─► reader ─► …
 * ```
 */
export class JobsFeed {
  readonly #settings: JobsFeedSettings;
  readonly #changes: AsyncIterableIterator<LogItem, undefined>;
  readonly #following: Promise<void>;
  readonly #readers = new Set<JobsReader>();
  readonly #marked = new Set<bigint>();
  /** Readers that need a new snapshot: the log could not say which jobs changed. */
  readonly #stale = new Set<JobsReader>();
  readonly #closing = new AbortController();
  #reading: Promise<void> | undefined;

  private constructor(settings: JobsFeedSettings, changes: AsyncIterableIterator<LogItem, undefined>) {
    this.#settings = settings;
    this.#changes = changes;
    this.#following = this.#follow();
  }

  static async open(settings: JobsFeedSettings): Promise<JobsFeed> {
    return new JobsFeed(settings, await settings.events.follow({}));
  }

  /**
   * The jobs that the filter selects, by number; then word that these are all; then each change, latest wins per job,
   * and each job that the filter no longer selects.
   * @param options.intervalMs at most one item per job and interval; the last one always comes
   * @throws InvalidArgumentError when the filter selects more than 1,000 jobs; the iteration, when it comes to select
   *   more than 10,000
   * @throws TooManySubscriptionsError
   */
  async watchJobs(
    filter: JobFilter,
    options: { readonly intervalMs: number },
  ): Promise<AsyncIterableIterator<JobsItem, undefined>> {
    const { maxSubscribers } = this.#settings;
    if (this.#readers.size >= maxSubscribers) throw new TooManySubscriptionsError(maxSubscribers);
    const reader: JobsReader = new JobsReader({ filter, ...options, onClose: () => this.#remove(reader) });
    // Before the snapshot is read: what changes meanwhile waits in the reader.
    this.#readers.add(reader);
    try {
      await this.#load(reader);
    } catch (error) {
      reader.items.end();
      throw error;
    }
    if (this.#isClosing) reader.items.end();
    return reader.items;
  }

  /** Ends every iteration. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { items } of this.#readers) items.end();
    await this.#changes.return?.();
    await this.#following;
    await this.#reading;
  }

  async #follow(): Promise<void> {
    for await (const item of this.#changes) {
      if (this.#readers.size === 0) continue;
      if (item.kind === "event") this.#marked.add(item.event.jobNumber);
      if (item.kind === "lagged") this.#reloadAll();
      this.#wake();
    }
  }

  #reloadAll(): void {
    for (const reader of this.#readers) {
      reader.expectSnapshot();
      this.#stale.add(reader);
    }
  }

  #wake(): void {
    if (!this.#isClosing && this.#marked.size + this.#stale.size > 0) this.#reading ??= this.#readAll();
  }

  async #readAll(): Promise<void> {
    const { minReadIntervalMs, retryMs = RETRY_MS } = this.#settings;
    while (this.#marked.size + this.#stale.size > 0 && !this.#isClosing) {
      const isRead = await this.#readOnce();
      await sleep(isRead ? minReadIntervalMs : retryMs, undefined, { signal: this.#closing.signal }).catch(() => {});
    }
    this.#reading = undefined;
  }

  /** @returns false when the database failed: what was to be read stays to be read */
  async #readOnce(): Promise<boolean> {
    const numbers = [...this.#marked].slice(0, MAX_JOBS_PER_READ);
    for (const number of numbers) this.#marked.delete(number);
    try {
      for (const reader of this.#stale) await this.#reload(reader);
      if (numbers.length > 0 && this.#readers.size > 0) await this.#distribute(numbers);
      return true;
    } catch (error) {
      this.#settings.log.warn(describeFault(error), "changed jobs could not be read; they will be read again");
      for (const number of numbers) this.#marked.add(number);
      return false;
    }
  }

  async #distribute(numbers: readonly bigint[]): Promise<void> {
    const jobs = new Map((await findJobs(this.#settings.database, numbers)).map((job) => [job.number, job]));
    for (const reader of this.#readers) {
      for (const number of numbers) reader.offer(number, jobs.get(number));
      if (reader.size > this.#maxJobs * GROWTH) reader.items.end({ error: tooMany(this.#maxJobs * GROWTH) });
    }
  }

  async #reload(reader: JobsReader): Promise<void> {
    try {
      await this.#load(reader);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      reader.items.end({ error });
    }
    this.#stale.delete(reader);
  }

  async #load(reader: JobsReader): Promise<void> {
    const { filter } = reader;
    const order = { by: "NUMBER", direction: "ASC" } as const;
    const jobs = await pageJobs(this.#settings.database, { filter, order, limit: this.#maxJobs + 1 });
    if (jobs.length > this.#maxJobs) throw tooMany(this.#maxJobs);
    for (const number of reader.load(jobs)) this.#marked.add(number);
    this.#wake();
  }

  #remove(reader: JobsReader): void {
    this.#readers.delete(reader);
    this.#stale.delete(reader);
  }

  get #maxJobs(): number {
    return this.#settings.maxJobs ?? MAX_JOBS;
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }
}

function tooMany(maxJobs: number): InvalidArgumentError {
  return new InvalidArgumentError(`the filter selects more than ${maxJobs} jobs: narrow it`, { maxJobs });
}
