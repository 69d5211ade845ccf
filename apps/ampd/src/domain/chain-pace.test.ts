import { expect, test } from "vitest";
import { ChainPace } from "./chain-pace.ts";

function paceOf(heads: readonly (readonly [number, number])[]): number | null {
  const pace = new ChainPace();
  for (const [number, timestamp] of heads) pace.add({ number: BigInt(number), timestamp: BigInt(timestamp) });
  return pace.secondsPerBlock;
}

test("one head says nothing of the pace, nor does the same one again", () => {
  expect(paceOf([])).toBeNull();
  expect(
    paceOf([
      [10, 100],
      [10, 100],
    ]),
  ).toBeNull();
});

test("two heads do, also when blocks between them were not seen", () => {
  expect(
    paceOf([
      [10, 100],
      [11, 112],
    ]),
  ).toBe(12);
  expect(
    paceOf([
      [10, 100],
      [42, 484],
    ]),
  ).toBe(12);
});

test("heads of one second have no pace", () => {
  expect(
    paceOf([
      [10, 100],
      [11, 100],
    ]),
  ).toBeNull();
});

test("heads that a reorg replaced do not count", () => {
  expect(
    paceOf([
      [10, 100],
      [11, 500],
      [12, 900],
      [11, 110],
    ]),
  ).toBe(10);
  expect(
    paceOf([
      [10, 100],
      [11, 110],
      [5, 50],
    ]),
  ).toBeNull();
});

test("a deep reorg starts anew, on the new branch", () => {
  const old = [
    [10, 100],
    [11, 110],
  ] as const;
  expect(paceOf([...old, [8, 200], [9, 212]])).toBe(12);
});

test("old heads are forgotten", () => {
  const slow = [
    [0, 0],
    [1, 1_000],
  ] as const;
  const fast = Array.from({ length: 64 }, (_, at) => [at + 2, 1_002 + 2 * at] as const);
  expect(paceOf([...slow, ...fast])).toBe(2);
});
