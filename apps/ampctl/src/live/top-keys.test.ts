import { expect, test } from "vitest";
import { READING, STATE } from "../../test/top-reading.ts";
import { type Pressed, pressKey, pressText, type TopKey } from "./top-keys.ts";
import { TOP_ORDERS } from "./top-order.ts";
import { createTopState, shownJobs, type TopState, withReading } from "./top-state.ts";

const NAMED: readonly string[] = [
  "up",
  "down",
  "pageUp",
  "pageDown",
  "home",
  "end",
  "enter",
  "escape",
  "erase",
  "interrupt",
];

/** Presses one key after the other: text, or `<name>`. */
function press(state: TopState, ...keys: readonly string[]): Pressed {
  let pressed: Pressed = { state };
  for (const key of keys) {
    const name = /^<(.+)>$/.exec(key)?.[1];
    // It is one of the names by the line above it.
    pressed =
      name !== undefined && NAMED.includes(name)
        ? pressKey(pressed.state, name as TopKey)
        : pressText(pressed.state, key);
  }
  return pressed;
}

const shown = (state: TopState) => shownJobs(state).map(({ number }) => number);

test("the newest job is first, and selected", () => {
  expect(shown(STATE)).toEqual(["12", "3", "1"]);
  expect(STATE.selected).toBe("12");
});

test.each([
  [["<down>"], "3"],
  [["j", "j"], "1"],
  [["<end>", "<down>"], "1"],
  [["<end>", "<up>"], "3"],
  [["<pageDown>", "k", "k"], "12"],
  [["<up>"], "12"],
  [["<end>", "<home>"], "12"],
])("%j selects job %s", (keys, selected) => {
  expect(press(STATE, ...keys).state.selected).toBe(selected);
});

test.each([
  ["newest", ["12", "3", "1"]],
  ["worst health", ["3", "12", "1"]],
  ["status", ["12", "1", "3"]],
  ["dataset", ["3", "1", "12"]],
  ["slowest", ["12", "1", "3"]],
  ["most behind", ["12", "1", "3"]],
  ["longest to go", ["12", "3", "1"]],
])("by %s", (name, numbers) => {
  const steps = TOP_ORDERS.findIndex((order) => order.name === name);
  const { state } = press(STATE, ...Array<string>(steps).fill("o"));
  expect(state.order.name).toBe(name);
  expect(shown(state)).toEqual(numbers);
  expect(state.selected).toBe("12");
});

test("behind the last order comes the first", () => {
  expect(press(STATE, ...TOP_ORDERS.map(() => "o")).state.order).toBe(TOP_ORDERS[0]);
});

test("a filter shows what has all of its words, selects one of them, and takes keys as text", () => {
  const typed = press(STATE, "/", "worker-1", " ", "RUNNINGx", "<erase>", "<enter>").state;
  expect(typed).toMatchObject({ filter: "worker-1 RUNNING", mode: { kind: "list" } });
  expect(shown(typed)).toEqual(["12", "1"]);
  expect(press(STATE, "/", "s", "q").action).toBeUndefined();
  const one = press(STATE, "/", "lonely", "<enter>").state;
  expect([shown(one), one.selected]).toEqual([["3"], "3"]);
  expect(shown(press(one, "<escape>").state)).toEqual(["12", "3", "1"]);
});

test("a job is stopped by s and y, and by nothing else", () => {
  expect(press(STATE, "<down>", "s", "y")).toMatchObject({
    action: { kind: "stop", id: 3n },
    state: { mode: { kind: "list" } },
  });
  for (const answer of ["n", "Y!", "s", "q", "<enter>", "<escape>", "<down>"]) {
    const { action, state } = press(STATE, "s", answer);
    expect([action, state.said, state.mode.kind], answer).toEqual([undefined, "not stopped", "list"]);
  }
  expect(press(STATE, "y").action).toBeUndefined();
  expect(press({ ...STATE, filter: "xyz" }, "s").state).toMatchObject({
    mode: { kind: "list" },
    said: "no job to stop",
  });
});

test("the question is about the job that it names, whatever the list does meanwhile", () => {
  const asked = press(STATE, "s").state;
  const later = withReading(asked, { ...READING, jobs: READING.jobs.slice(0, 1) });
  expect(press(later, "y").action).toEqual({ kind: "stop", id: 12n });
});

test("when the selected job has gone, the one at its place is selected", () => {
  const middle = press(STATE, "<down>").state;
  const without = (number: string) => ({ ...READING, jobs: READING.jobs.filter((job) => job.number !== number) });
  expect(withReading(middle, without("3")).selected).toBe("1");
  expect(withReading(middle, without("12")).selected).toBe("3");
  expect(withReading(middle, { ...READING, jobs: [] }).selected).toBeUndefined();
});

test("q and Ctrl-C leave, the latter from anywhere", () => {
  expect(press(STATE, "q").action).toEqual({ kind: "quit" });
  for (const keys of [[], ["/"], ["s"]])
    expect(press(STATE, ...keys, "<interrupt>").action).toEqual({ kind: "interrupt" });
});

test("a key that means nothing does nothing, and what is pasted is no key", () => {
  for (const key of ["x", "<enter>", "<erase>", "sy", "qq"]) expect(press(STATE, key)).toEqual({ state: STATE });
});

test("a reading makes an end of what was said of the server", () => {
  expect(withReading({ ...createTopState(READING), remark: "lost the server" }, READING).remark).toBe("");
});
