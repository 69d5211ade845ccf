import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blockCount, mergeRanges } from "./block-range.ts";
import { BRANCHES, type FileRow, fileRow as file } from "./canonical-chain.fixture.ts";
import { type ChainFile, canonicalChain, chainProgress, EMPTY_PROGRESS, extendChain } from "./canonical-chain.ts";

const spans = (files: readonly ChainFile[]) => files.map(({ start, end }) => `${start}–${end}`).join(" ");
const ids = (files: readonly FileRow[]) => files.map(({ id }) => id);

const anySpan = fc.record({
  start: fc.nat(18),
  length: fc.nat(6),
  on: fc.constantFrom(...BRANCHES),
});
const anyFiles = fc
  .array(anySpan, { maxLength: 14 })
  .map((list) => list.map(({ start, length, on }, id) => file(id, start, start + length, on)));

describe("the canonical chain", () => {
  test("goes on as long as the hashes link", () => {
    expect(spans(canonicalChain([file(1, 0, 5), file(2, 6, 7), file(3, 8, 8)], 0n))).toBe("0–5 6–7 8–8");
  });

  test("ends at a hole", () => {
    const chain = canonicalChain([file(1, 0, 5), file(2, 8, 8)], 0n);
    expect(chainProgress(chain)).toEqual({
      startBlock: 0n,
      currentBlock: 5n,
      currentTimestamp: 10_005n,
      filesCount: 1n,
      totalSizeBytes: 1_001n,
      rowCount: 6n,
    });
  });

  test("goes over a hole in the numbers where the hashes link", () => {
    const skipping = { ...file(2, 8, 9), prevHash: file(1, 0, 5).hash };
    expect(spans(canonicalChain([file(1, 0, 5), skipping], 0n))).toBe("0–5 8–9");
  });

  test("is empty while the first range is missing", () => {
    const chain = canonicalChain([file(1, 1, 5), file(2, 6, 9)], 0n);
    expect(chainProgress(chain)).toEqual({
      startBlock: null,
      currentBlock: null,
      currentTimestamp: null,
      filesCount: 0n,
      totalSizeBytes: 0n,
      rowCount: 0n,
    });
  });

  test("of no files is empty", () => {
    expect(chainProgress(canonicalChain([], 0n))).toEqual(EMPTY_PROGRESS);
  });

  test("may start at a block other than 0", () => {
    expect(spans(canonicalChain([file(1, 7, 9), file(2, 10, 12)], 7n))).toBe("7–9 10–12");
  });

  test("takes the newest of two files that start at the same block", () => {
    const old = file(1, 6, 9);
    const fork = file(2, 6, 8, { branch: 1, since: 6 });
    expect(ids(canonicalChain([file(0, 0, 5), old, fork], 0n))).toEqual([0, 2]);
  });

  test("counts the orphans of a fork nowhere, and may end lower than before", () => {
    const before = [file(0, 0, 5), file(1, 6, 9), file(2, 10, 12)];
    const after = [...before, file(3, 6, 7, { branch: 1, since: 6 })];
    expect(chainProgress(canonicalChain(before, 0n))).toMatchObject({ currentBlock: 12n, filesCount: 3n });
    expect(chainProgress(canonicalChain(after, 0n))).toEqual({
      startBlock: 0n,
      currentBlock: 7n,
      currentTimestamp: 10_007n,
      filesCount: 2n,
      totalSizeBytes: 1_000n + 1_003n,
      rowCount: 8n,
    });
  });

  test("takes a compacted file in place of its parents", () => {
    const files = [file(0, 0, 1), file(1, 2, 3), file(2, 4, 5), file(3, 6, 7), file(4, 2, 5)];
    expect(ids(canonicalChain(files, 0n))).toEqual([0, 4, 3]);
  });

  test("never crosses to another network", () => {
    expect(spans(canonicalChain([file(1, 0, 5), { ...file(2, 6, 7), network: "mainnet" }], 0n))).toBe("0–5");
  });

  test("is the same for any order of the files", () => {
    fc.assert(
      fc.property(anyFiles.chain(withShuffle), ([files, shuffled]) => {
        expect(ids(canonicalChain(shuffled, 0n))).toEqual(ids(canonicalChain(files, 0n)));
      }),
    );
  });

  test("links file to file, each sharing no block with another, from the start block on", () => {
    fc.assert(
      fc.property(anyFiles, fc.bigInt(0n, 4n), (files, startBlock) => {
        const chain = canonicalChain(files, startBlock);
        for (const [index, one] of chain.entries()) {
          const previous = chain[index - 1];
          if (previous === undefined) expect(one.start).toBeLessThanOrEqual(startBlock);
          else expect(one).toMatchObject({ prevHash: previous.hash });
        }
        const blocks = mergeRanges(chain).reduce((sum, one) => sum + blockCount(one), 0n);
        expect(blocks).toBe(chainProgress(chain).rowCount);
      }),
    );
  });
});

describe("a published file", () => {
  /** A table as the store keeps it: flags on the rows, figures on the table, and a file's own neighbours read by index. */
  function publish(table: { rows: FileRow[]; progress: typeof EMPTY_PROGRESS }, published: FileRow, pageSize = 1_000) {
    const isBefore = (row: FileRow) =>
      row.start < published.start || (row.start === published.start && row.createdAtNs > published.createdAtNs);
    const ordered = table.rows.toSorted((a, b) => Number(a.start - b.start) || Number(b.createdAtNs - a.createdAtNs));
    const before = ordered.findLast((row) => row.canonical && isBefore(row));
    const behind = ordered.filter((row) => !isBefore(row) && (row.canonical || row.start > published.end));
    for (let read = pageSize; ; read += pageSize) {
      const following = behind.slice(0, read);
      const change = extendChain({ progress: table.progress, before, file: published, following, startBlock: 0n });
      if (!change.settled && following.length < behind.length) continue;
      table.rows.push(published);
      for (const row of change.joined) row.canonical = true;
      for (const row of change.left) row.canonical = false;
      table.progress = change.progress;
      return { ...change, read: following.length };
    }
  }

  const emptyTable = () => ({ rows: [] as FileRow[], progress: EMPTY_PROGRESS });

  test("that appends to the tail joins by itself, and needs no other row", () => {
    const table = emptyTable();
    publish(table, file(0, 0, 5));
    const change = publish(table, file(1, 6, 9));
    expect(ids(change.joined)).toEqual([1]);
    expect(change).toMatchObject({ left: [], read: 0, progress: { currentBlock: 9n, filesCount: 2n, rowCount: 10n } });
  });

  test("that fills a hole takes the island behind it along", () => {
    const table = emptyTable();
    for (const one of [file(0, 0, 5), file(1, 8, 8)]) publish(table, one);
    const change = publish(table, file(2, 6, 7));
    expect(ids(change.joined)).toEqual([2, 1]);
    expect(change.progress.currentBlock).toBe(8n);
  });

  test("beyond a hole changes nothing", () => {
    const table = emptyTable();
    publish(table, file(0, 0, 5));
    expect(publish(table, file(1, 8, 8))).toMatchObject({
      joined: [],
      left: [],
      settled: true,
      progress: table.progress,
    });
  });

  test("of a new branch drops the orphans", () => {
    const table = emptyTable();
    for (const one of [file(0, 0, 5), file(1, 6, 9), file(2, 10, 12)]) publish(table, one);
    const change = publish(table, file(3, 6, 7, { branch: 1, since: 6 }));
    expect([ids(change.joined), ids(change.left)]).toEqual([[3], [1, 2]]);
    expect(change.progress).toMatchObject({ currentBlock: 7n, filesCount: 2n });
  });

  test("of a compaction is settled by the first file behind its parents, however many stand there", () => {
    const table = emptyTable();
    for (let id = 0; id < 500; id++) publish(table, file(id, id * 2, id * 2 + 1));
    const change = publish(table, file(500, 20, 29), 8);
    expect(ids(change.left)).toEqual([10, 11, 12, 13, 14]);
    expect(change).toMatchObject({ settled: true, read: 8, progress: { currentBlock: 999n, filesCount: 496n } });
  });

  test("at the first block replaces the start of the chain", () => {
    const table = emptyTable();
    publish(table, file(0, 0, 5));
    const change = publish(table, file(1, 0, 3));
    expect([ids(change.joined), ids(change.left)]).toEqual([[1], [0]]);
    expect(change.progress).toMatchObject({ startBlock: 0n, currentBlock: 3n });
  });

  test("leaves flags and figures as a full walk would find them, after every step", () => {
    fc.assert(
      fc.property(anyFiles, fc.integer({ min: 1, max: 3 }), (files, pageSize) => {
        const table = emptyTable();
        for (const one of files) {
          publish(table, one, pageSize);
          const chain = canonicalChain(table.rows, 0n);
          expect(
            table.rows
              .filter((row) => row.canonical)
              .map(({ id }) => id)
              .toSorted(byNumber),
          ).toEqual(ids(chain).toSorted(byNumber));
          expect(table.progress).toEqual(chainProgress(chain));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("that is not the newest, as a rebuild from the files finds them, changes what a full walk would", () => {
    fc.assert(
      fc.property(anyFiles.chain(withShuffle), ([, shuffled]) => {
        const table = emptyTable();
        for (const one of shuffled) publish(table, one);
        expect(table.progress).toEqual(chainProgress(canonicalChain(shuffled, 0n)));
      }),
    );
  });
});

function withShuffle(files: FileRow[]) {
  return fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length, maxLength: files.length }));
}

function byNumber(a: number, b: number): number {
  return a - b;
}
