import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidArgumentError } from "../domain/errors.ts";
import { listCursors } from "./cursor.ts";
import { parseRowNumber } from "./global-id.ts";
import { type ConnectionArgs, type KeysetPage, parsePage as parse, toConnection } from "./page.ts";

const SIZE = { default: 50, max: 1_000 };
const CURSORS = listCursors<bigint>({
  list: "numbers",
  toValues: (number) => [String(number)],
  toKey: ([number = ""]) => parseRowNumber(number),
});
const parsePage = (args: ConnectionArgs, size = SIZE) => parse(args, size, CURSORS);

/** What a store function reads of a list that is in ascending order. */
function read(rows: readonly bigint[], { limit, after, before, fromEnd }: KeysetPage<bigint>): bigint[] {
  const within = rows.filter((row) => (after === undefined || row > after) && (before === undefined || row < before));
  return fromEnd ? within.slice(Math.max(0, within.length - limit - 1)) : within.slice(0, limit + 1);
}

function pageOf(rows: readonly bigint[], args: Parameters<typeof parsePage>[0]) {
  const page = parsePage(args, SIZE);
  const { edges, pageInfo } = toConnection(read(rows, page), page, { cursors: CURSORS, keyOf: (row) => row });
  return { rows: edges.map(({ node }) => node), pageInfo };
}

describe("the arguments of a connection", () => {
  test("read the first 50 rows unless they say otherwise", () => {
    expect(parsePage({}, SIZE)).toEqual({ limit: 50, after: undefined, before: undefined, fromEnd: false });
    expect(parsePage({ first: null, last: null, after: null, before: null }, SIZE).limit).toBe(50);
  });

  test("take every size up to the limit, from either end", () => {
    expect(parsePage({ first: 1_000 }, SIZE)).toMatchObject({ limit: 1_000, fromEnd: false });
    expect(parsePage({ last: 0 }, SIZE)).toMatchObject({ limit: 0, fromEnd: true });
  });

  test.each([
    [{ first: 1_001 }, "first must be from 0 to 1000, not 1001"],
    [{ first: -1 }, "first must be from 0 to 1000, not -1"],
    [{ last: 1_001 }, "last must be from 0 to 1000, not 1001"],
    [{ first: 1, last: 1 }, "give first or last, not both"],
    [{ after: "x" }, "cursor 'x' is not one that this server made"],
    [{ before: "" }, "cursor '' is not one that this server made"],
  ])("%o are refused", (args, message) => {
    expect(() => parsePage(args, SIZE)).toThrow(InvalidArgumentError);
    expect(() => parsePage(args, SIZE)).toThrow(message);
  });
});

/** Reads a list to its end, page by page; at each page the list is the next one of `lists`. */
function readAll(lists: readonly (readonly bigint[])[], size: number, fromEnd: boolean): bigint[] {
  const seen: bigint[] = [];
  let cursor: string | null = null;
  for (let step = 0; step < 100; step += 1) {
    const args: Parameters<typeof parsePage>[0] = fromEnd
      ? { last: size, before: cursor }
      : { first: size, after: cursor };
    const { rows, pageInfo } = pageOf(lists[step] ?? lists.at(-1) ?? [], args);
    expect(rows.length).toBeLessThanOrEqual(size);
    seen.push(...(fromEnd ? rows.reverse() : rows));
    if (!(fromEnd ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return seen;
    cursor = fromEnd ? pageInfo.startCursor : pageInfo.endCursor;
  }
  throw new Error("the list has no end");
}

test("whatever is added and removed between pages, each row that stays is on exactly one page, either way", () => {
  const list = fc.uniqueArray(fc.bigInt({ min: 0n, max: 40n }), { maxLength: 25 }).map((rows) => rows.toSorted(order));
  fc.assert(
    fc.property(
      fc.array(list, { minLength: 1 }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      (lists, size, fromEnd) => {
        const seen = readAll(lists, size, fromEnd);
        const expected = [...new Set(seen)].toSorted(order);
        expect(seen).toEqual(fromEnd ? expected.reverse() : expected);
        const stayed = lists[0]?.filter((row) => lists.every((rows) => rows.includes(row)));
        expect(seen).toEqual(expect.arrayContaining(stayed ?? []));
      },
    ),
  );
});

const order = (a: bigint, b: bigint) => Number(a - b);

test("an empty page has no cursors", () => {
  expect(pageOf([], {})).toEqual({
    rows: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
});

test("a page of no rows says whether there are any", () => {
  expect(pageOf([1n], { first: 0 })).toMatchObject({ rows: [], pageInfo: { hasNextPage: true } });
  expect(pageOf([1n], { last: 0 })).toMatchObject({ rows: [], pageInfo: { hasPreviousPage: true } });
});
