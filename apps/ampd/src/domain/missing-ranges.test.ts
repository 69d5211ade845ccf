import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BlockRange, mergeRanges } from "./block-range.ts";
import { BRANCHES, type FileRow, fileRow as file } from "./canonical-chain.fixture.ts";
import { canonicalChain } from "./canonical-chain.ts";
import { missingRanges } from "./missing-ranges.ts";

const range = (start: number, end: number): BlockRange => ({ start: BigInt(start), end: BigInt(end) });

/** Files that nothing links: each on a branch of its own. */
function strangers(...ranges: [start: number, end: number][]): FileRow[] {
  return ranges.map(([start, end], id) => file(id, start, end, { branch: id + 1, since: 0 }));
}

const anySpan = fc.record({ start: fc.nat(18), length: fc.nat(6), on: fc.constantFrom(...BRANCHES) });
const anyFiles = fc
  .array(anySpan, { maxLength: 14 })
  .map((list) => list.map(({ start, length, on }, id) => file(id, start, start + length, on)));

describe("missing ranges", () => {
  test.each<[wanted: BlockRange, files: [number, number][], missing: BlockRange[]]>([
    [
      range(0, 10),
      [
        [0, 5],
        [8, 8],
      ],
      [range(6, 7), range(9, 10)],
    ],
    [
      range(0, 10),
      [
        [0, 3],
        [2, 5],
        [4, 7],
      ],
      [range(0, 3), range(8, 10)],
    ],
    [
      range(2, 7),
      [
        [0, 5],
        [3, 8],
      ],
      [range(2, 2)],
    ],
    [
      range(12, 18),
      [
        [0, 20],
        [10, 30],
      ],
      [],
    ],
    [range(0, 10), [], [range(0, 10)]],
    [range(0, 10), [[0, 10]], []],
    [range(0, 10), [[3, 12]], [range(0, 2)]],
  ])("of %o with the files %o are %o", (wanted, files, missing) => {
    expect(missingRanges(wanted, strangers(...files), 0n)).toEqual(missing);
  });

  test("are what no file holds where the hashes link", () => {
    expect(missingRanges(range(0, 10), [file(0, 0, 3), file(1, 2, 5), file(2, 4, 7)], 0n)).toEqual([range(8, 10)]);
  });

  test("hold the segment before a fork that ends beyond the chain, up to the fork", () => {
    const fork = file(2, 8, 11, { branch: 1, since: 7 });
    expect(missingRanges(range(0, 11), [file(0, 0, 5), file(1, 6, 9), fork], 0n)).toEqual([range(6, 7)]);
  });

  test("hold the segment before the first file of a fork's line, not before each of its files", () => {
    const on = { branch: 1, since: 5 };
    const files = [file(0, 0, 2), file(1, 3, 9), file(2, 6, 7, on), file(3, 8, 12, on)];
    expect(missingRanges(range(0, 12), files, 0n)).toEqual([range(3, 5)]);
  });

  test("hold no segment for a fork that ends with the chain or below", () => {
    const fork = file(1, 4, 5, { branch: 1, since: 3 });
    expect(missingRanges(range(0, 5), [file(0, 0, 5), fork], 0n)).toEqual([]);
  });

  test("hold no segment for an island beyond a hole, which only waits", () => {
    const island = file(1, 7, 9, { branch: 1, since: 3 });
    expect(missingRanges(range(0, 9), [file(0, 0, 5), island], 0n)).toEqual([range(6, 6)]);
  });

  test("hold the blocks of orphans that a newer file has replaced", () => {
    const files = [file(0, 0, 5), file(1, 6, 20), file(2, 6, 7, { branch: 1, since: 6 })];
    expect(missingRanges(range(0, 20), files, 0n)).toEqual([range(8, 20)]);
  });

  test("hold the blocks of a fork once a newer file of the chain starts where it does", () => {
    const files = [file(0, 0, 5), file(1, 6, 20, { branch: 1, since: 5 }), file(2, 6, 7)];
    expect(missingRanges(range(0, 20), files.slice(0, 2), 0n)).toEqual([range(0, 5)]);
    expect(missingRanges(range(0, 20), files, 0n)).toEqual([range(8, 20)]);
  });

  test("hold the blocks of a fork that the repair made for it has refuted, instead of another repair", () => {
    const fork = file(1, 4, 8, { branch: 1, since: 3 });
    const repaired = file(2, 0, 3, { branch: 2, since: 2 });
    expect(missingRanges(range(0, 8), [file(0, 0, 5), fork, repaired], 0n)).toEqual([range(4, 8)]);
  });

  test("of a repair that was broken off are only its rest", () => {
    const on = { branch: 1, since: 5 };
    const files = [file(0, 0, 2), file(1, 3, 9), file(2, 10, 12, on), file(3, 3, 4, on), file(4, 5, 6, on)];
    expect(missingRanges(range(0, 12), files.slice(0, 3), 0n)).toEqual([range(3, 9)]);
    expect(missingRanges(range(0, 12), files.slice(0, 4), 0n)).toEqual([range(5, 9)]);
    expect(missingRanges(range(0, 12), files, 0n)).toEqual([range(7, 9)]);
  });

  test("lie within what is wanted, ascending, the same for any order of the files", () => {
    fc.assert(
      fc.property(anyFiles.chain(shuffled), fc.nat(20), fc.nat(10), ([files, inAnyOrder], start, length) => {
        const wanted = range(start, start + length);
        const missing = missingRanges(wanted, files, 0n);
        expect(missingRanges(wanted, inAnyOrder, 0n)).toEqual(missing);
        expect(mergeRanges(missing)).toEqual(missing);
        for (const one of missing)
          expect(one).toSatisfy(({ start, end }) => start >= wanted.start && end <= wanted.end);
      }),
    );
  });

  test("stay the same, as does the chain, when any of the files go that it has passed by, while no other reaches beyond it", () => {
    const anyOrphans = anyFiles.chain((files) => {
      const chain = canonicalChain([file(99, 0, 0), ...files], 0n);
      const end = chain.at(-1)?.end ?? 0n;
      const orphans = files.filter((one) => !chain.includes(one) && one.end <= end);
      return fc.tuple(fc.constant(chain), fc.constant(orphans), fc.subarray(orphans));
    });
    fc.assert(
      fc.property(anyOrphans, fc.nat(20), fc.nat(12), ([chain, orphans, left], start, length) => {
        const wanted = range(start, start + length);
        expect(canonicalChain([...chain, ...left], 0n)).toEqual(chain);
        expect(missingRanges(wanted, [...chain, ...left], 0n)).toEqual(
          missingRanges(wanted, [...chain, ...orphans], 0n),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  test("rest on an orphan too beside a fork that reaches beyond the chain: it tells that the fork lost its place", () => {
    const fork = file(1, 6, 12, { branch: 1, since: 5 });
    const orphan = file(2, 6, 7, { branch: 2, since: 5 });
    expect(missingRanges(range(0, 12), [file(0, 0, 9), fork, orphan], 0n)).toEqual([range(10, 12)]);
    expect(missingRanges(range(0, 12), [file(0, 0, 9), fork], 0n)).toEqual([range(0, 5)]);
  });

  test("come to an end: whatever the files, a worker that extracts them has one whole chain after a bounded number of rounds", () => {
    fc.assert(
      fc.property(
        anyFiles,
        fc.constantFrom(...BRANCHES),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(2),
        (files, truth, chunk, pick) => {
          const wanted = range(0, 26);
          const table = [...files];
          for (let round = 0; ; round++) {
            const missing = missingRanges(wanted, table, 0n);
            const next = missing[pick % Math.max(missing.length, 1)];
            if (next === undefined) break;
            expect(round).toBeLessThan(100);
            const end = Math.min(Number(next.end), Number(next.start) + chunk - 1);
            table.push(file(table.length, Number(next.start), end, truth));
          }
          expect(mergeRanges(canonicalChain(table, 0n))[0]).toSatisfy((held: BlockRange) => held.end >= wanted.end);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function shuffled(files: FileRow[]) {
  const inAnyOrder = fc.shuffledSubarray(files, { minLength: files.length, maxLength: files.length });
  return fc.tuple(fc.constant(files), inAnyOrder);
}
