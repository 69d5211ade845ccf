import type { EventRow } from "../store/event.ts";
import { type EventFilter, eventSelector } from "../store/event-filter.ts";
import type { LogPage, LogRead } from "../store/event-log.ts";
import type { LogWindow } from "./log-window.ts";
import { Pull } from "./pull.ts";

/** What a reader of the log is given. Every cursor is the sequence of an event: reading on after it misses nothing. */
export type LogItem =
  | { readonly kind: "event"; readonly event: EventRow }
  /** Everything up to the cursor was given: what follows happens now. */
  | { readonly kind: "caughtUp"; readonly cursor: bigint }
  /** Retention was faster: at most `missed` events of the whole log are gone, and it goes on after `resumeFrom`. */
  | { readonly kind: "lagged"; readonly missed: bigint; readonly resumeFrom: bigint };

export type LogReaderSettings = {
  readonly window: LogWindow;
  readonly after: bigint;
  readonly filter: EventFilter;
  /** What is held for a reader at most, and read at once. */
  readonly pageSize: number;
  readonly readPage: (read: LogRead) => Promise<LogPage>;
  /** The next `deliver` tries again. */
  readonly onFailure: (error: unknown) => void;
  readonly onClose: () => void;
};

/** One read looks at no more of the log than this, however little of it the filter selects. */
const MAX_SPAN = 50_000n;

/**
 * One reader's way along the log, at its own pace: from the database as long as its cursor lies before the window of the
 * newest events, then from the window. It moves only when it is asked for the next item.
 */
export class LogReader {
  readonly items: Pull<LogItem>;
  readonly #settings: LogReaderSettings;
  readonly #selects: (event: EventRow) => boolean;
  /** Everything up to it was given or is held. */
  #cursor: bigint;
  #held: EventRow[] = [];
  #lag: LogItem | undefined;
  /** It has not been told yet that it is at the end. */
  #isBehind = true;
  #isReading = false;

  constructor(settings: LogReaderSettings) {
    this.#settings = settings;
    this.#selects = eventSelector(settings.filter);
    this.#cursor = settings.after;
    this.items = new Pull({ take: () => this.#take(), onClose: () => this.#close() });
  }

  #take(): LogItem | undefined {
    const lag = this.#lag;
    this.#lag = undefined;
    if (lag !== undefined) return lag;
    if (this.#held.length === 0 && !this.#isReading) this.#look();
    const event = this.#held.shift();
    if (event !== undefined) return { kind: "event", event };
    if (!this.#isBehind || this.#isReading || this.#cursor < this.#settings.window.end) return undefined;
    this.#isBehind = false;
    return { kind: "caughtUp", cursor: this.#cursor };
  }

  /** Fills what is held, from the window or, later, from the database. */
  #look(): void {
    const { window, pageSize } = this.#settings;
    while (this.#held.length === 0 && this.#cursor < window.end) {
      if (this.#cursor < window.start) {
        void this.#read();
        return;
      }
      const events = window.after(this.#cursor, pageSize);
      this.#cursor = events.at(-1)?.sequence ?? window.end;
      this.#held = events.filter(this.#selects);
    }
  }

  async #read(): Promise<void> {
    const { window, filter, pageSize, readPage, onFailure } = this.#settings;
    const after = this.#cursor;
    const upTo = after + MAX_SPAN < window.end ? after + MAX_SPAN : window.end;
    this.#isReading = true;
    this.#isBehind = true;
    try {
      const { events, droppedTo } = await readPage({ after, upTo, filter, limit: pageSize });
      this.#isReading = false;
      if (this.items.isClosed) return;
      if (droppedTo > after) this.#lag = { kind: "lagged", missed: droppedTo - after, resumeFrom: droppedTo };
      this.#held = [...events];
      this.#cursor = events.length < pageSize ? upTo : (events.at(-1)?.sequence ?? upTo);
      if (this.#cursor < droppedTo) this.#cursor = droppedTo;
      this.items.deliver();
    } catch (error) {
      this.#isReading = false;
      if (!this.items.isClosed) onFailure(error);
    }
  }

  #close(): void {
    this.#held = [];
    this.#lag = undefined;
    this.#settings.onClose();
  }
}
