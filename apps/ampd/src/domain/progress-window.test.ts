import fc from "fast-check";
import { expect, test } from "vitest";
import { ProgressWindow } from "./progress-window.ts";

/** Samples at every second from 0, 100 bytes to the block. */
function filled(blocks: readonly number[]): ProgressWindow {
  const window = new ProgressWindow();
  for (const [second, count] of blocks.entries()) {
    window.add({ atMs: second * 1_000, blocks: count, bytes: count * 100 });
  }
  return window;
}

const upTo = (seconds: number, blocksAt: (second: number) => number) =>
  filled(Array.from({ length: seconds + 1 }, (_, second) => blocksAt(second)));

test("the speed is unknown for 10 s", () => {
  const unknown = { blocksPerSecond: null, bytesPerSecond: null };
  expect(new ProgressWindow().rates(60_000)).toEqual(unknown);
  expect(upTo(9, (second) => second).rates(9_999)).toEqual(unknown);
  expect(upTo(10, (second) => second).rates(10_000)).toEqual({ blocksPerSecond: 1, bytesPerSecond: 100 });
});

test("it is the average of the last 30 s, not of all", () => {
  const window = upTo(100, (second) => (second <= 50 ? second * 100 : 5_000 + (second - 50) * 4));
  expect(window.rates(100_000)).toEqual({ blocksPerSecond: 4, bytesPerSecond: 400 });
});

test("the window can be of another length", () => {
  const window = new ProgressWindow(10_000);
  for (let second = 0; second <= 60; second += 1) {
    window.add({ atMs: second * 1_000, blocks: second <= 50 ? 0 : second - 50, bytes: 0 });
  }
  expect(window.rates(60_000).blocksPerSecond).toBe(1);
});

test("a standstill lowers it to 0 within the window, with samples and without", () => {
  const going = upTo(60, (second) => second * 10);
  expect(going.rates(75_000).blocksPerSecond).toBe(5);
  expect(going.rates(90_000)).toEqual({ blocksPerSecond: 0, bytesPerSecond: 0 });
  const standing = upTo(90, (second) => Math.min(second, 60) * 10);
  expect(standing.rates(75_000).blocksPerSecond).toBe(5);
  expect(standing.rates(90_000).blocksPerSecond).toBe(0);
});

test("after a pause it is that of the window, pause included", () => {
  const window = upTo(120, (second) => (second <= 60 ? second : second <= 100 ? 60 : second - 40));
  expect(window.rates(120_000).blocksPerSecond).toBeCloseTo(20 / 30);
});

test("a position that goes back counts as nothing, and what is fetched again as fetched", () => {
  const window = upTo(30, (second) => (second < 20 ? second * 10 : (second - 5) * 10));
  // 29 steps of 10, and the one of the reorg, that goes back by 40.
  expect(window.rates(30_000).blocksPerSecond).toBeCloseTo(290 / 30);
});

test("it is never negative, whatever the samples are", () => {
  const sample = fc.record({ atMs: fc.nat(100_000), blocks: fc.nat(1_000), bytes: fc.nat(1_000) });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 50 }), fc.nat(200_000), (samples, nowMs) => {
      const window = new ProgressWindow();
      for (const one of samples) window.add(one);
      const { blocksPerSecond, bytesPerSecond } = window.rates(nowMs);
      expect(blocksPerSecond ?? 0).toBeGreaterThanOrEqual(0);
      expect(bytesPerSecond ?? 0).toBeGreaterThanOrEqual(0);
      const eta = window.etaRates(nowMs, 1_000n);
      if (eta === null) return;
      expect(eta.slowBlocksPerSecond).toBeGreaterThan(0);
      expect(eta.fastBlocksPerSecond).toBeGreaterThanOrEqual(eta.slowBlocksPerSecond);
      expect(Number.isFinite(eta.fastBlocksPerSecond)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test("blocks that come in one instant are no infinite speed", () => {
  const window = new ProgressWindow();
  window.add({ atMs: 0, blocks: 0, bytes: 0 });
  for (const blocks of [0, 1_000]) window.add({ atMs: 30_000, blocks, bytes: 0 });
  expect(window.etaRates(30_000, 100n)?.fastBlocksPerSecond).toBeLessThan(100);
});
