import { Box, type Key, render, Text, useApp, useInput, useWindowSize } from "ink";
import { createElement, type ReactNode, useSyncExternalStore } from "react";
import { InterruptedError } from "../errors.ts";
import type { Io } from "../io.ts";
import { type Pressed, pressKey, pressText, type TopAction, type TopKey } from "./top-keys.ts";
import type { TopState } from "./top-state.ts";

export type TopScreen = {
  /** What is shown from now on. */
  update(change: (state: TopState) => TopState): void;
  /** Resolves when the operator left it, and the terminal is as it was. @throws InterruptedError after Ctrl-C */
  readonly left: Promise<unknown>;
  /** Leaves it. Idempotent. */
  close(): void;
};

export type TopScreenOptions = {
  readonly state: TopState;
  /** The lines of a state. */
  draw(state: TopState, size: { readonly width: number; readonly height: number }): readonly string[];
  /** The operator wants a job to stop, and has confirmed it. */
  onStop(id: bigint): void;
};

type Store = {
  get(): TopState;
  set(state: TopState): void;
  subscribe(listener: () => void): () => void;
};

/** Takes the terminal's other screen, and its keys. */
export function openTopScreen({ stdin, stdout }: Io, { state, draw, onStop }: TopScreenOptions): TopScreen {
  const store = createStore(state);
  const screen = render(createElement(Top, { store, draw, onStop }), {
    stdin,
    // It knows streams of Node, of which it uses no more than ours have.
    stdout: stdout as NodeJS.WriteStream,
    alternateScreen: true,
    incrementalRendering: true,
    // The caller has made sure that it is a terminal.
    interactive: true,
    exitOnCtrlC: false,
    // Nothing here writes to the console; what is written there is a bug and has to be seen.
    patchConsole: false,
  });
  return {
    update: (change) => store.set(change(store.get())),
    left: screen.waitUntilExit(),
    close: () => screen.unmount(),
  };
}

function createStore(first: TopState): Store {
  const listeners = new Set<() => void>();
  let state = first;
  return {
    get: () => state,
    set: (next) => {
      state = next;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

type TopProps = Pick<TopScreenOptions, "draw" | "onStop"> & { readonly store: Store };

function Top({ store, draw, onStop }: TopProps): ReactNode {
  const { exit } = useApp();
  const { columns: width, rows: height } = useWindowSize();
  const state = useSyncExternalStore(store.subscribe, store.get);
  useInput((input, key) => {
    const pressed = press(store.get(), input, key);
    store.set(pressed.state);
    if (pressed.action !== undefined) act(pressed.action, { exit, onStop });
  });
  const lines = draw(state, { width, height });
  return createElement(
    Box,
    { flexDirection: "column" },
    // A text without any character has no height.
    ...lines.map((line, at) => createElement(Text, { key: at, wrap: "truncate" }, line === "" ? " " : line)),
  );
}

function press(state: TopState, input: string, key: Key): Pressed {
  const name = nameOfKey(input, key);
  if (name !== undefined) return pressKey(state, name);
  const isText = input !== "" && !key.ctrl && !key.meta && !/\p{Cc}/u.test(input);
  return isText ? pressText(state, input) : { state };
}

function nameOfKey(input: string, key: Key): TopKey | undefined {
  if (key.ctrl && input === "c") return "interrupt";
  const names: readonly (readonly [boolean, TopKey])[] = [
    [key.upArrow, "up"],
    [key.downArrow, "down"],
    [key.pageUp, "pageUp"],
    [key.pageDown, "pageDown"],
    [key.home, "home"],
    [key.end, "end"],
    [key.return, "enter"],
    [key.escape, "escape"],
    [key.backspace || key.delete, "erase"],
  ];
  return names.find(([isPressed]) => isPressed)?.[1];
}

function act(action: TopAction, { exit, onStop }: { exit(error?: Error): void; onStop(id: bigint): void }): void {
  if (action.kind === "stop") onStop(action.id);
  else exit(action.kind === "interrupt" ? new InterruptedError() : undefined);
}
