import type { EventRow } from "../store/event.ts";
import type { LogPage } from "../store/event-log.ts";

/**
 * The newest events of the log, without a gap: every event after `start`, up to `end`.
 *
 * ```
 *   droppedTo        start                 end
 *   ────┼──────────────┼────────────────────┤
 *       │ read from    │ held here          │ not committed yet
 *         the database
 * ```
 */
export class LogWindow {
  readonly #maxEvents: number;
  #events: EventRow[] = [];
  #start: bigint;
  #end: bigint;

  constructor(start: bigint, maxEvents: number) {
    this.#start = start;
    this.#end = start;
    this.#maxEvents = maxEvents;
  }

  get start(): bigint {
    return this.#start;
  }

  get end(): bigint {
    return this.#end;
  }

  /** Takes in what was read after `end`. */
  append({ events, droppedTo }: LogPage): void {
    // Retention overtook this window: what came between is gone.
    if (droppedTo > this.#end) this.#reset(droppedTo);
    if (events.length === 0) return;
    this.#events.push(...events);
    this.#end = events.at(-1)?.sequence ?? this.#end;
    const surplus = this.#events.splice(0, Math.max(0, this.#events.length - this.#maxEvents));
    this.#start = surplus.at(-1)?.sequence ?? this.#start;
  }

  /** The first events, at most `limit`, after a cursor that is not before `start`. */
  after(cursor: bigint, limit: number): EventRow[] {
    const first = firstAfter(this.#events, cursor);
    return this.#events.slice(first, first + limit);
  }

  #reset(to: bigint): void {
    this.#events = [];
    this.#start = to;
    this.#end = to;
  }
}

function firstAfter(events: readonly EventRow[], cursor: bigint): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.sequence ?? cursor) <= cursor) low = middle + 1;
    else high = middle;
  }
  return low;
}
