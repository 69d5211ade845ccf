import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BlockRange, subtractRanges } from "./block-range.ts";
import { nextWork, type Work } from "./next-work.ts";
import { TABLE_NAMES, type TableName } from "./table-name.ts";

const range = (start: number, end: number): BlockRange => ({ start: BigInt(start), end: BigInt(end) });

/** Takes piece after piece, as a worker that extracts each, until nothing is missing. */
function allWork(missing: ReadonlyMap<TableName, readonly BlockRange[]>, targetEnd: bigint): Work[] {
  const pieces: Work[] = [];
  let left = missing;
  for (let work = nextWork(left, targetEnd); work !== undefined; work = nextWork(left, targetEnd)) {
    const { range: done, tables } = work;
    pieces.push(work);
    left = new Map(
      [...left].map(([table, ranges]) => [
        table,
        tables.includes(table) ? ranges.flatMap((one) => subtractRanges(one, [done])) : ranges,
      ]),
    );
  }
  return pieces;
}

describe("next work", () => {
  test("of a new dataset is everything for every table", () => {
    const missing = new Map(TABLE_NAMES.map((table) => [table, [range(0, 99)]]));
    expect(nextWork(missing, 1_000n)).toEqual({ range: range(0, 99), tables: TABLE_NAMES });
  });

  test("ends where another table starts to miss blocks, and where one has them again", () => {
    const missing = new Map<TableName, BlockRange[]>([
      ["transactions", [range(4, 20)]],
      ["blocks", [range(0, 9)]],
    ]);
    expect(allWork(missing, 1_000n)).toEqual([
      { range: range(0, 3), tables: ["blocks"] },
      { range: range(4, 9), tables: ["blocks", "transactions"] },
      { range: range(10, 20), tables: ["transactions"] },
    ]);
  });

  test("stops at the target, both ends inclusive", () => {
    const missing = new Map<TableName, BlockRange[]>([["logs", [range(5, 20)]]]);
    expect(nextWork(missing, 10n)?.range).toEqual(range(5, 10));
    expect(nextWork(missing, 5n)?.range).toEqual(range(5, 5));
    expect(nextWork(missing, 4n)).toBeUndefined();
  });

  test("is nothing when no table misses a block", () => {
    expect(nextWork(new Map(), 10n)).toBeUndefined();
    expect(nextWork(new Map([["logs", []]]), 10n)).toBeUndefined();
  });

  test("starts at block 0 when block 0 is missing", () => {
    expect(nextWork(new Map([["blocks", [range(0, 0)]]]), 0n)).toEqual({ range: range(0, 0), tables: ["blocks"] });
  });

  test("piece after piece covers what each table misses up to the target, once, ascending, and nothing else", () => {
    const anyRanges = fc.array(
      fc.tuple(fc.nat(30), fc.nat(8)).map(([start, length]) => range(start, start + length)),
      { maxLength: 5 },
    );
    const anyMissing = fc.record({ blocks: anyRanges, transactions: anyRanges, logs: anyRanges });
    fc.assert(
      fc.property(anyMissing, fc.bigInt(0n, 40n), (missing, targetEnd) => {
        const byTable = new Map(TABLE_NAMES.map((table) => [table, missing[table]]));
        const pieces = allWork(byTable, targetEnd);
        for (const table of TABLE_NAMES) {
          const worked = pieces
            .filter((piece) => piece.tables.includes(table))
            .flatMap((piece) => blocksOf(piece.range));
          const wanted = new Set(missing[table].flatMap(blocksOf).filter((block) => block <= targetEnd));
          expect(worked).toEqual([...wanted].sort((a, b) => Number(a - b)));
        }
      }),
    );
  });

  test("runs as far as the set of tables stays the same", () => {
    const anyStart = fc.array(fc.tuple(fc.constantFrom(...TABLE_NAMES), fc.nat(9), fc.nat(9)), { maxLength: 6 });
    fc.assert(
      fc.property(anyStart, (spans) => {
        const missing = new Map<TableName, BlockRange[]>();
        for (const [table, start, length] of spans) {
          missing.set(table, [...(missing.get(table) ?? []), range(start, start + length)]);
        }
        const tablesAt = (block: bigint) =>
          TABLE_NAMES.filter((table) => missing.get(table)?.some((one) => one.start <= block && block <= one.end));
        for (const work of allWork(missing, 100n)) {
          for (const block of blocksOf(work.range)) expect(tablesAt(block)).toEqual(work.tables);
          expect(tablesAt(work.range.end + 1n)).not.toEqual(work.tables);
        }
      }),
    );
  });
});

function blocksOf({ start, end }: BlockRange): bigint[] {
  return Array.from({ length: Number(end - start) + 1 }, (_, index) => start + BigInt(index));
}
