import fc from "fast-check";
import { expect, test } from "vitest";
import { PaceHistory } from "./pace-history.ts";

function filled(seconds: number, blocksAt: (second: number) => number): PaceHistory {
  const history = new PaceHistory();
  for (let second = 0; second <= seconds; second += 1) {
    history.add({ atMs: second * 1_000, blocks: blocksAt(second), bytes: blocksAt(second) * 2 });
  }
  return history;
}

test("the last minute is kept second by second, however long the attempt has run", () => {
  const history = filled(20_000, (second) => second * second);
  for (let second = 19_941; second <= 20_000; second += 1) {
    expect(history.blocksAt(second * 1_000)).toBe(second * second);
  }
});

test("older times are kept to within a thirty-second of their age", () => {
  // One block at once: read back, its time has moved by no more than the points are apart.
  for (const ageSeconds of [100, 1_000, 10_000, 50_000]) {
    const at = 60_000 - ageSeconds;
    const history = filled(60_000, (second) => (second < at ? 0 : 1_000));
    expect(Math.abs(history.timeOf(500, 60_000_000) / 1_000 - at)).toBeLessThanOrEqual(ageSeconds / 32);
  }
});

test("averages lie between points, before the first one is nothing, and after the last one nothing comes", () => {
  const history = filled(10, (second) => second * 10);
  expect(history.perSecond("blocks", 2_500, 7_500)).toBe(10);
  expect(history.perSecond("bytes", 2_500, 7_500)).toBe(20);
  expect(history.perSecond("blocks", -10_000, 10_000)).toBe(5);
  expect(history.perSecond("blocks", 0, 20_000)).toBe(5);
  expect(history.perSecond("blocks", 5_000, 5_000)).toBe(0);
});

test("a number of blocks has the time at which it was reached first; one that was not reached, now", () => {
  const history = filled(100, (second) => Math.min(second, 50) * 10);
  expect(history.timeOf(500, 100_000)).toBe(50_000);
  expect(history.timeOf(255, 100_000)).toBe(25_500);
  expect(history.timeOf(501, 100_000)).toBe(100_000);
});

test("an empty history is 0 old and has nothing", () => {
  const history = new PaceHistory();
  expect([history.ageMs(5_000), history.blocksAt(5_000), history.perSecond("blocks", 0, 5_000)]).toEqual([0, 0, 0]);
});

test("two points of one time are the later one", () => {
  const history = new PaceHistory();
  for (const blocks of [1, 7]) history.add({ atMs: 1_000, blocks, bytes: 0 });
  expect(history.blocksAt(1_000)).toBe(7);
});

test("neither a read nor the order of blocks is ever upset by thinning", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5_000), fc.nat(100)), { minLength: 2, maxLength: 300 }), (steps) => {
      const history = new PaceHistory();
      let atMs = 0;
      let blocks = 0;
      for (const [stepMs, more] of steps) {
        atMs += stepMs;
        blocks += more;
        history.add({ atMs, blocks, bytes: blocks });
      }
      expect(history.blocksAt(atMs)).toBe(blocks);
      const reads = Array.from({ length: 50 }, (_, at) => history.blocksAt((atMs * at) / 49));
      expect(reads).toEqual(reads.toSorted((a, b) => a - b));
    }),
  );
});
