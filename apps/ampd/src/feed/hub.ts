import { setTimeout as sleep } from "node:timers/promises";
import { JobNotFoundError, TooManySubscriptionsError } from "../domain/errors.ts";
import { isEnded } from "../domain/job.ts";
import type { Database } from "../store/database.ts";
import { describeFault } from "../store/describe-fault.ts";
import { listen, type Wake } from "../store/notifications.ts";
import type { Log } from "../telemetry/log.ts";
import { type JobSnapshot, readSnapshots } from "./job-snapshot.ts";
import { Slot } from "./slot.ts";

export type HubSettings = {
  readonly database: Database;
  readonly log: Log;
  /** Subscribers at once; one more is refused. */
  readonly maxSubscribers: number;
  /** The database is asked at most once per so long, however many changes arrive. */
  readonly minReadIntervalMs: number;
  /** After a read that failed: how long until the next one. */
  readonly retryMs?: number;
  /** How often everything that is watched is read, for notifications that were lost. */
  readonly pollMs?: number;
};

export type WatchOptions = {
  readonly intervalMs: number;
  readonly keyOf: (snapshot: JobSnapshot) => string;
};

/** A job that somebody watches, and what was read of it last. */
type Topic = {
  readonly slots: Set<Slot<JobSnapshot>>;
  latest: JobSnapshot | undefined;
  /** The first read, shared by those who come while it runs. */
  loading: Promise<void> | undefined;
};

const RETRY_MS = 1_000;
const POLL_MS = 10_000;
const MAX_JOBS_PER_READ = 500;

/**
 * How a change reaches subscribers. A notification marks its job; one read for all marked jobs follows, whatever the
 * number of subscribers; each of them has a slot for one value. So a change is read once, a stalled client holds one
 * value, and nothing between the first value and the changes is lost: the slot is registered before the read.
 *
 * ```
 *   NOTIFY ─► marked jobs ─► one read ─► topic.latest ─► slot ─► WebSocket
 *                                                     └► slot ─► …
 * ```
 *
 * A slow poll marks everything that is watched: a notification that is lost costs its period, not the change.
 */
export class JobHub {
  readonly #settings: HubSettings;
  readonly #topics = new Map<bigint, Topic>();
  readonly #marked = new Set<bigint>();
  #subscribers = 0;
  #reading: Promise<void> | undefined;
  #listening: { close(): Promise<void> } | undefined;
  #poll: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();

  constructor(settings: HubSettings) {
    this.#settings = settings;
  }

  async start(): Promise<void> {
    this.#listening = await listen(this.#settings.database, (wake) => this.#wake(wake));
    this.#poll = setInterval(() => this.#mark([...this.#topics.keys()]), this.#settings.pollMs ?? POLL_MS);
  }

  /**
   * The job's state now, then each change, latest wins; ends when the job has ended or is removed, or the hub closes.
   * @throws JobNotFoundError
   * @throws TooManySubscriptionsError
   */
  async watch(number: bigint, options: WatchOptions): Promise<AsyncIterableIterator<JobSnapshot>> {
    if (this.#subscribers >= this.#settings.maxSubscribers) {
      throw new TooManySubscriptionsError(this.#settings.maxSubscribers);
    }
    const topic = this.#topics.get(number) ?? { slots: new Set(), latest: undefined, loading: undefined };
    this.#topics.set(number, topic);
    const slot: Slot<JobSnapshot> = new Slot({ ...options, onClose: () => this.#leave(number, topic, slot) });
    topic.slots.add(slot);
    this.#subscribers += 1;
    try {
      topic.loading ??= this.#load(number, topic);
      await topic.loading;
      if (topic.latest === undefined) throw new JobNotFoundError(number);
      slot.offer(topic.latest, isEnded(topic.latest.job.status) || this.#isClosing);
      return slot;
    } catch (error) {
      await slot.return();
      throw error;
    }
  }

  /** Ends every iteration. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#poll);
    for (const { slots } of this.#topics.values()) for (const slot of slots) slot.finish();
    await this.#listening?.close();
    await this.#reading;
  }

  async #load(number: bigint, topic: Topic): Promise<void> {
    const snapshots = await readSnapshots(this.#settings.database, [number]);
    topic.latest ??= snapshots.get(number);
  }

  #leave(number: bigint, topic: Topic, slot: Slot<JobSnapshot>): void {
    topic.slots.delete(slot);
    this.#subscribers -= 1;
    if (topic.slots.size === 0) this.#topics.delete(number);
  }

  #wake(wake: Wake): void {
    if (wake.kind === "everything") this.#mark([...this.#topics.keys()]);
    else if (wake.kind !== "providers") this.#mark(wake.jobs.filter((number) => this.#topics.has(number)));
  }

  #mark(numbers: readonly bigint[]): void {
    for (const number of numbers) this.#marked.add(number);
    if (this.#marked.size > 0 && !this.#isClosing) this.#reading ??= this.#readMarked();
  }

  async #readMarked(): Promise<void> {
    while (this.#marked.size > 0 && !this.#isClosing) {
      const isRead = await this.#readOnce();
      const { minReadIntervalMs, retryMs = RETRY_MS } = this.#settings;
      await sleep(isRead ? minReadIntervalMs : retryMs, undefined, { signal: this.#closing.signal }).catch(() => {});
    }
    this.#reading = undefined;
  }

  /** @returns false when the database failed: the jobs stay marked */
  async #readOnce(): Promise<boolean> {
    // The topics of now: one that comes while the read is under way has a younger read of its own.
    const numbers = [...this.#marked].slice(0, MAX_JOBS_PER_READ);
    const topics = new Map(numbers.flatMap((number) => this.#topicOf(number)));
    for (const number of numbers) this.#marked.delete(number);
    if (topics.size === 0) return true;
    try {
      const snapshots = await readSnapshots(this.#settings.database, [...topics.keys()]);
      for (const [number, topic] of topics) distribute(topic, snapshots.get(number));
      return true;
    } catch (error) {
      this.#settings.log.warn(describeFault(error), "changes could not be read; they will be read again");
      for (const number of topics.keys()) this.#marked.add(number);
      return false;
    }
  }

  #topicOf(number: bigint): [bigint, Topic][] {
    const topic = this.#topics.get(number);
    return topic === undefined ? [] : [[number, topic]];
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }
}

function distribute(topic: Topic, snapshot: JobSnapshot | undefined): void {
  // The first read of a topic may have overtaken this one.
  if (snapshot !== undefined && topic.latest !== undefined && snapshot.job.version < topic.latest.job.version) return;
  topic.latest = snapshot;
  for (const slot of topic.slots) {
    if (snapshot === undefined) slot.finish();
    else slot.offer(snapshot, isEnded(snapshot.job.status));
  }
}
