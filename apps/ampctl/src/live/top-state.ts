import type { FeedEvent } from "../client/event-feed.ts";
import type { WorkerFiguresFragment } from "../generated/api.ts";
import { datasetOf } from "../options/dataset.ts";
import type { TopJob } from "./top-job.ts";
import { TOP_ORDERS, type TopOrder } from "./top-order.ts";

/** What was read of the server at once. */
export type TopReading = {
  readonly jobs: readonly TopJob[];
  /** As the server says it, where there are more jobs than were read. */
  readonly total: string | undefined;
  readonly workers: readonly WorkerFiguresFragment[];
};

/** What keys mean: they move in the list, are the filter's text, or answer whether to stop that job. */
export type TopMode =
  | { readonly kind: "list" }
  | { readonly kind: "filter" }
  | { readonly kind: "confirm"; readonly job: TopJob };

/** All that `ampctl top` shows. */
export type TopState = TopReading & {
  /** The newest, oldest first. */
  readonly events: readonly FeedEvent[];
  readonly order: TopOrder;
  readonly filter: string;
  /** The number of a job. */
  readonly selected: string | undefined;
  readonly mode: TopMode;
  /** How the server is, when it is not well. */
  readonly remark: string;
  /** What came of the last key. */
  readonly said: string;
};

const MAX_EVENTS = 20;

export function createTopState(reading: TopReading): TopState {
  return withReading(
    {
      ...reading,
      events: [],
      order: TOP_ORDERS[0],
      filter: "",
      selected: undefined,
      mode: { kind: "list" },
      remark: "",
      said: "",
    },
    reading,
  );
}

/** The newest reading: the server is well again; what was selected stays so, or who stands at its place now. */
export function withReading(state: TopState, reading: TopReading): TopState {
  return withSelection({ ...state, ...reading, remark: "" }, placeOf(state));
}

export function withEvents(state: TopState, events: readonly FeedEvent[]): TopState {
  return events.length === 0 ? state : { ...state, events: [...state.events, ...events].slice(-MAX_EVENTS) };
}

/** Makes sure that what is selected is there. @param place where to look for another one */
export function withSelection(state: TopState, place: number): TopState {
  const shown = shownJobs(state);
  if (shown.some(({ number }) => number === state.selected)) return state;
  return { ...state, selected: shown[Math.max(0, Math.min(place, shown.length - 1))]?.number };
}

/** The jobs that the filter lets through, in order. */
export function shownJobs({ jobs, filter, order }: TopState): readonly TopJob[] {
  const words = filter.toLowerCase().split(" ");
  return jobs
    .filter((job) => words.every((word) => searchText(job).includes(word)))
    .sort((one, other) => order.compare(one, other) || Number(BigInt(other.number) - BigInt(one.number)));
}

/** Where the selected job stands among those that are shown; 0 when it is not there. */
export function placeOf(state: TopState): number {
  return Math.max(
    0,
    shownJobs(state).findIndex(({ number }) => number === state.selected),
  );
}

/** What of a job the filter looks at. */
function searchText(job: TopJob): string {
  return `${job.number} ${datasetOf(job)} ${job.status} ${job.diagnosis.verdict} ${job.nodeId ?? ""}`.toLowerCase();
}
