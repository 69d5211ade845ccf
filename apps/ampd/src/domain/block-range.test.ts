import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  alignedChunks,
  type BlockRange,
  blockCount,
  containsBlock,
  intersectRanges,
  mergeRanges,
  subtractRanges,
} from "./block-range.ts";

const range = (start: number, end: number): BlockRange => ({ start: BigInt(start), end: BigInt(end) });

const anyRange = fc.tuple(fc.nat(40), fc.nat(12)).map(([start, length]) => range(start, start + length));
const anyRanges = fc.array(anyRange, { maxLength: 8 });

/** The oracle: ranges as plain sets of numbers. */
function blocksOf(ranges: Iterable<BlockRange>): Set<bigint> {
  const blocks = new Set<bigint>();
  for (const { start, end } of ranges) {
    for (let block = start; block <= end; block++) blocks.add(block);
  }
  return blocks;
}

function isFewestAscending(ranges: readonly BlockRange[]): boolean {
  return ranges.every((one, index) => {
    const next = ranges[index + 1];
    return one.start <= one.end && (next === undefined || one.end + 1n < next.start);
  });
}

describe("one range", () => {
  test("counts both of its ends", () => {
    expect(blockCount(range(0, 0))).toBe(1n);
    expect(blockCount(range(3, 7))).toBe(5n);
  });

  test("holds both of its ends and nothing outside", () => {
    const held = [2n, 3n, 5n, 7n, 8n].filter((block) => containsBlock(range(3, 7), block));
    expect(held).toEqual([3n, 5n, 7n]);
  });

  test("shares with a range that only touches it nothing", () => {
    expect(intersectRanges(range(0, 3), range(4, 9))).toBeUndefined();
    expect(intersectRanges(range(0, 4), range(4, 9))).toEqual(range(4, 4));
  });

  test("shares with another exactly the blocks of both", () => {
    fc.assert(
      fc.property(anyRange, anyRange, (a, b) => {
        const shared = intersectRanges(a, b);
        expect(blocksOf(shared === undefined ? [] : [shared])).toEqual(blocksOf([a]).intersection(blocksOf([b])));
      }),
    );
  });
});

describe("many ranges", () => {
  test("merge when they overlap, touch or repeat", () => {
    expect(mergeRanges([range(6, 8), range(0, 3), range(3, 5), range(10, 10), range(0, 3)])).toEqual([
      range(0, 8),
      range(10, 10),
    ]);
  });

  test("merge into the fewest ranges of the same blocks", () => {
    fc.assert(
      fc.property(anyRanges, (ranges) => {
        const merged = mergeRanges(ranges);
        expect(blocksOf(merged)).toEqual(blocksOf(ranges));
        expect(merged).toSatisfy(isFewestAscending);
      }),
    );
  });

  test("subtracted from one leave exactly the blocks that none of them holds", () => {
    fc.assert(
      fc.property(anyRange, anyRanges, (from, others) => {
        const left = subtractRanges(from, others);
        expect(blocksOf(left)).toEqual(blocksOf([from]).difference(blocksOf(others)));
        expect(left).toSatisfy(isFewestAscending);
      }),
    );
  });
});

describe("aligned chunks", () => {
  test("cut before every multiple of the size", () => {
    expect([...alignedChunks(range(7, 25), 10n)]).toEqual([range(7, 9), range(10, 19), range(20, 25)]);
    expect([...alignedChunks(range(10, 19), 10n)]).toEqual([range(10, 19)]);
  });

  test("are made lazily, so that a range without a practical end costs nothing", () => {
    const endless = alignedChunks({ start: 5n, end: 2n ** 62n }, 10n);
    expect(endless.next().value).toEqual(range(5, 9));
  });

  test("of a run that starts later end at the same blocks", () => {
    fc.assert(
      fc.property(anyRange, fc.nat(12), fc.bigInt(1n, 9n), (whole, skipped, size) => {
        const start = whole.start + BigInt(skipped);
        fc.pre(start <= whole.end);
        const ends = [...alignedChunks(whole, size)].map((chunk) => chunk.end);
        const laterEnds = [...alignedChunks({ start, end: whole.end }, size)].map((chunk) => chunk.end);
        expect(laterEnds).toEqual(ends.filter((end) => end >= start));
        expect(mergeRanges(alignedChunks(whole, size))).toEqual([whole]);
      }),
    );
  });
});
