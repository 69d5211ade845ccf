import { setTimeout as sleep } from "node:timers/promises";
import { InvalidArgumentError, TooManySubscriptionsError } from "../domain/errors.ts";
import type { Database } from "../store/database.ts";
import { describeFault } from "../store/describe-fault.ts";
import type { EventFilter } from "../store/event-filter.ts";
import { type LogPage, type LogRead, logBounds, readLog } from "../store/event-log.ts";
import { listen } from "../store/notifications.ts";
import { Poll } from "../store/poll.ts";
import type { Log } from "../telemetry/log.ts";
import { type LogItem, LogReader } from "./log-reader.ts";
import { LogWindow } from "./log-window.ts";
import { Turns } from "./turns.ts";

export type EventLogSettings = {
  readonly database: Database;
  readonly log: Log;
  /** Readers at once; one more is refused. */
  readonly maxSubscribers: number;
  /** The end of the log is read at most once per so long, however many changes arrive. */
  readonly minReadIntervalMs?: number;
  /** How often the end is read without a notification. */
  readonly pollMs?: number;
  /** How many of the newest events are held for all readers together. */
  readonly windowSize?: number;
  /** How many events are read at once, and held for one reader at most. */
  readonly pageSize?: number;
};

export type FollowOptions = {
  /** Sequence of the last event that was seen; 0 for all that is kept; undefined: what happens from now on. */
  readonly after?: bigint | undefined;
  readonly filter?: EventFilter | undefined;
};

const POLL_MS = 2_000;
const WINDOW_SIZE = 1_000;
const PAGE_SIZE = 500;
/** Readers that come back after an outage must not take every connection. */
const MAX_READS_AT_ONCE = 3;

/**
 * The event log as readers follow it, one per controller. The end of the log is read once per notification for all of
 * them, into a window of the newest events; a reader whose cursor lies before the window reads pages of its own until it
 * has come up. The log itself is the queue: a reader that stands still holds one page, and finds the rest when it goes on.
 *
 * ```
 *   NOTIFY, poll ─► one read ─► window ─► reader at the end ─► WebSocket
 *                        database ─page─► reader behind ─► …
 * ```
 */
export class EventLog {
  readonly #settings: EventLogSettings;
  readonly #window: LogWindow;
  readonly #pageSize: number;
  readonly #readers = new Set<LogReader>();
  readonly #poll: Poll;
  readonly #turns = new Turns(MAX_READS_AT_ONCE);
  readonly #reads = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #listening: { close(): Promise<void> } | undefined;
  #opening = 0;
  #advancing: Promise<void> | undefined;

  private constructor(settings: EventLogSettings, window: LogWindow) {
    this.#settings = settings;
    this.#window = window;
    this.#pageSize = settings.pageSize ?? PAGE_SIZE;
    const { log, pollMs = POLL_MS } = settings;
    this.#poll = new Poll({ name: "event log", everyMs: pollMs, run: () => this.#advanceAndRest(), log });
  }

  static async open(settings: EventLogSettings): Promise<EventLog> {
    const { database, windowSize = WINDOW_SIZE } = settings;
    const { droppedTo, newest } = await logBounds(database);
    const start = newest - BigInt(windowSize);
    const log = new EventLog(settings, new LogWindow(start > droppedTo ? start : droppedTo, windowSize));
    log.#listening = await listen(database, (wake) => {
      if (wake.kind === "moved" || wake.kind === "everything") log.#poll.wake();
    });
    try {
      // A first reader would otherwise be told that it is caught up before the newest events are there.
      await log.#advance();
    } catch (error) {
      await log.#listening.close();
      throw error;
    }
    log.#poll.start();
    return log;
  }

  /**
   * Every event after a cursor, once, in the order of the log, for as long as the reader wants. It is told when it has
   * come to the end, at first and whenever it fell behind; and when retention dropped what it had not read. A failure of
   * the database delays it.
   * @throws InvalidArgumentError when the cursor is not of this log: later than its end
   * @throws TooManySubscriptionsError
   */
  async follow({ after, filter = {} }: FollowOptions): Promise<AsyncIterableIterator<LogItem, undefined>> {
    if (this.#readers.size + this.#opening >= this.#settings.maxSubscribers) {
      throw new TooManySubscriptionsError(this.#settings.maxSubscribers);
    }
    this.#opening += 1;
    try {
      if (after === undefined || after > this.#window.end) await this.#advanceFromNow();
      return this.#addReader(after ?? this.#window.end, filter);
    } finally {
      this.#opening -= 1;
    }
  }

  /** Ends every iteration. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { items } of this.#readers) items.end();
    await this.#listening?.close();
    await this.#poll.stop();
    await Promise.allSettled([...this.#reads, this.#advancing]);
  }

  #addReader(after: bigint, filter: EventFilter): AsyncIterableIterator<LogItem, undefined> {
    const newest = this.#window.end;
    if (after < 0n || after > newest) {
      throw new InvalidArgumentError(`cursor '${after}' is not one of this log, whose newest event is '${newest}'`, {
        after: String(after),
        newest: String(newest),
      });
    }
    const reader = new LogReader({
      window: this.#window,
      after,
      filter,
      pageSize: this.#pageSize,
      readPage: (read) => this.#readPage(read),
      onFailure: (error) => this.#settings.log.debug(describeFault(error), "a page of the event log could not be read"),
      onClose: () => this.#readers.delete(reader),
    });
    this.#readers.add(reader);
    if (this.#closing.signal.aborted) reader.items.end();
    return reader.items;
  }

  async #readPage(read: LogRead): Promise<LogPage> {
    const page = this.#turns.take(() => readLog(this.#settings.database, read));
    this.#reads.add(page);
    return page.finally(() => this.#reads.delete(page));
  }

  async #advanceAndRest(): Promise<void> {
    await this.#advance();
    const { signal } = this.#closing;
    await sleep(this.#settings.minReadIntervalMs ?? 0, undefined, { signal }).catch(() => {});
  }

  /** Brings the window to what was committed by now, or later. */
  async #advanceFromNow(): Promise<void> {
    // A read that is under way may have begun too early.
    await this.#advancing?.catch(() => {});
    await this.#advance();
  }

  #advance(): Promise<void> {
    this.#advancing ??= this.#readEnd().finally(() => {
      this.#advancing = undefined;
    });
    return this.#advancing;
  }

  async #readEnd(): Promise<void> {
    for (let isMore = true; isMore && !this.#closing.signal.aborted; ) {
      const page = await readLog(this.#settings.database, { after: this.#window.end, limit: this.#pageSize });
      this.#window.append(page);
      // Also those whose own read failed: the database answers again.
      for (const { items } of this.#readers) items.deliver();
      isMore = page.events.length === this.#pageSize;
    }
  }
}
