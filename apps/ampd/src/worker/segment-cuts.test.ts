import { expect, test } from "vitest";
import { lastInSegment, segmentRanges } from "./segment-cuts.ts";

const cuts = { startBlock: 0n, blocks: 10n };

test.each([
  { range: [0n, 0n], ranges: ["0–0"] },
  { range: [0n, 25n], ranges: ["0–0", "1–9", "10–19", "20–25"] },
  { range: [7n, 25n], ranges: ["7–9", "10–19", "20–25"] },
  { range: [10n, 12n], ranges: ["10–12"] },
])("the dataset's first block stands alone, and every multiple begins a segment: $ranges", ({ range, ranges }) => {
  const [start = 0n, end = 0n] = range;
  expect([...segmentRanges({ start, end }, cuts)].map((cut) => `${cut.start}–${cut.end}`)).toEqual(ranges);
});

test("a first block that is a multiple's last one is a segment like any other first block", () => {
  const ranges = [...segmentRanges({ start: 9n, end: 12n }, { startBlock: 9n, blocks: 10n })];
  expect(ranges).toEqual([
    { start: 9n, end: 9n },
    { start: 10n, end: 12n },
  ]);
});

test.each([
  { next: 1n, last: undefined },
  { next: 2n, last: 9n },
  { next: 9n, last: 9n },
  { next: 10n, last: undefined },
  { next: 11n, last: 19n },
])("a segment whose next block is $next may grow to $last", ({ next, last }) => {
  expect(lastInSegment(next, cuts)).toBe(last);
});
