import { nextOrder } from "./top-order.ts";
import { placeOf, shownJobs, type TopState, withSelection } from "./top-state.ts";

/** A key that was pressed: text, or the name of one that has none. */
export type TopKey =
  | "up"
  | "down"
  | "pageUp"
  | "pageDown"
  | "home"
  | "end"
  | "enter"
  | "escape"
  | "erase"
  | "interrupt";

/** What is to be done besides showing the state. */
export type TopAction = { readonly kind: "quit" | "interrupt" } | { readonly kind: "stop"; readonly id: bigint };

export type Pressed = { readonly state: TopState; readonly action?: TopAction };

const PAGE = 10;

/** Steps in the list. */
const MOVES: Readonly<Partial<Record<string, number>>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  pageUp: -PAGE,
  pageDown: PAGE,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
};

/** What a key that is none of text comes to. @param key its name */
export function pressKey(state: TopState, key: TopKey): Pressed {
  if (key === "interrupt") return { state, action: { kind: "interrupt" } };
  if (state.mode.kind === "confirm") return { state: toList(state, "not stopped") };
  if (key === "escape") return { state: withSelection({ ...toList(state), filter: "" }, 0) };
  if (state.mode.kind === "filter" && key === "enter") return { state: toList(state) };
  if (state.mode.kind === "filter" && key === "erase") return { state: withFilter(state, state.filter.slice(0, -1)) };
  return { state: move(state, MOVES[key] ?? 0) };
}

/** What typed text comes to: what is pasted is for the filter alone. */
export function pressText(state: TopState, text: string): Pressed {
  const { mode } = state;
  if (mode.kind === "filter") return { state: withFilter(state, state.filter + text) };
  if (mode.kind === "confirm") {
    if (text !== "y") return { state: toList(state, "not stopped") };
    const id = BigInt(mode.job.number);
    return { state: toList(state, `job ${id}: asking it to stop…`), action: { kind: "stop", id } };
  }
  if (text === "q") return { state, action: { kind: "quit" } };
  return { state: pressInList({ ...state, said: "" }, text) };
}

function pressInList(state: TopState, text: string): TopState {
  if (text === "/") return { ...state, mode: { kind: "filter" } };
  if (text === "o") return { ...state, order: nextOrder(state.order) };
  if (text === "s") {
    const job = shownJobs(state).find(({ number }) => number === state.selected);
    return job === undefined ? { ...state, said: "no job to stop" } : { ...state, mode: { kind: "confirm", job } };
  }
  return move(state, MOVES[text] ?? 0);
}

function toList(state: TopState, said = ""): TopState {
  return { ...state, mode: { kind: "list" }, said };
}

function withFilter(state: TopState, filter: string): TopState {
  return withSelection({ ...state, filter }, 0);
}

function move(state: TopState, steps: number): TopState {
  const shown = shownJobs(state);
  const place = Math.max(0, Math.min(placeOf(state) + steps, shown.length - 1));
  return { ...state, selected: shown[place]?.number };
}
