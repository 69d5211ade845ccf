import { expect, test } from "vitest";
import { publish, startJob, takeAll, useDatabase } from "../store-fixtures.ts";
import { dataOf, errorOf, type Json, listOf, startGraphql } from "./start-graphql.ts";

const FILES = `query ($n: BigInt!, $first: Int, $last: Int, $after: String, $before: String, $canonical: Boolean = true) {
  job(number: $n) { tables { files(first: $first, last: $last, after: $after, before: $before, canonical: $canonical) {
    totalCount nodes { name startBlock endBlock hash sizeBytes rowCount createdAt isCanonical }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } } }
}`;

const database = useDatabase("pglite");

/** A table with a chain 0–29, a replaced file 10–19 of a branch that lost, and files behind holes. */
async function makeTable() {
  const graphql = await startGraphql(database());
  const { owner } = await startJob(database());
  const tables = await takeAll(database(), owner, ["blocks"]);
  const spans = [
    { start: 0, end: 9 },
    { start: 10, end: 19 },
    { start: 20, end: 29 },
    { start: 40, end: 49 },
    { start: 45, end: 59 },
    { start: 70, end: 79 },
  ];
  for (const span of spans) await publish(database(), owner, { tables, span });
  const n = String(owner.job);
  const filesOf = async (variables: object): Promise<Json> => {
    const { job } = await dataOf(graphql, FILES, { n, ...variables });
    return listOf(job?.tables)[0]?.files ?? expect.unreachable();
  };
  return { graphql, n, filesOf };
}

const startsOf = (files: Json) => listOf(files.nodes).map(({ startBlock }) => Number(startBlock));

test("a table's files are those of the chain unless told, each with its figures", async () => {
  const { filesOf } = await makeTable();
  const files = await filesOf({});
  expect(startsOf(files)).toEqual([0, 10, 20]);
  expect(files.totalCount).toBe("3");
  const [row] = await database().prisma.tableFile.findMany({ orderBy: { startBlock: "asc" } });
  expect(listOf(files.nodes)[0]).toEqual({
    name: row?.name,
    startBlock: "0",
    endBlock: "9",
    hash: row?.hash,
    sizeBytes: String(row?.sizeBytes),
    rowCount: String(row?.rowCount),
    createdAt: new Date(Number((row?.createdAtNs ?? 0n) / 1_000_000n)).toISOString(),
    isCanonical: true,
  });
  const others = await filesOf({ canonical: false });
  expect([startsOf(others), others.totalCount]).toEqual([[40, 45, 70], "3"]);
  const all = await filesOf({ canonical: null });
  expect([startsOf(all), all.totalCount]).toEqual([[0, 10, 20, 40, 45, 70], "6"]);
});

test("files are paged both ways", async () => {
  const { filesOf, graphql, n } = await makeTable();
  const first = await filesOf({ first: 2, canonical: null });
  expect([startsOf(first), first.pageInfo?.hasNextPage]).toEqual([[0, 10], true]);
  const next = await filesOf({ first: 2, canonical: null, after: first.pageInfo?.endCursor });
  expect(startsOf(next)).toEqual([20, 40]);
  const last = await filesOf({ last: 2, canonical: null });
  expect([startsOf(last), last.pageInfo?.hasPreviousPage]).toEqual([[45, 70], true]);
  expect(startsOf(await filesOf({ last: 9, canonical: null, before: last.pageInfo?.startCursor }))).toEqual([
    0, 10, 20, 40,
  ]);
  const error = await errorOf(graphql, FILES, { n, first: 1_001 });
  expect(error.message).toBe("first must be from 0 to 1000, not 1001");
});

test("what is missing lies between the files, up to the last one, and columns are those of the files", async () => {
  const { graphql, n } = await makeTable();
  const query = `query ($n: BigInt!) { job(number: $n) { tables {
    missingRanges { startBlock endBlock } columns { name type isNullable } } } }`;
  const { job } = await dataOf(graphql, query, { n });
  const [table] = listOf(job?.tables);
  expect(table?.missingRanges).toEqual([
    { startBlock: "30", endBlock: "39" },
    { startBlock: "60", endBlock: "69" },
  ]);
  expect(table?.columns).toHaveLength(24);
  expect(listOf(table?.columns)[3]).toEqual({ name: "hash", type: "FixedSizeBinary(32)", isNullable: false });
});

test("a table without a hole lacks nothing, also when it begins late", async () => {
  const graphql = await startGraphql(database());
  const { owner } = await startJob(database());
  const tables = await takeAll(database(), owner, ["blocks"]);
  const query = `{ job(number: ${owner.job}) { tables { missingRanges { startBlock endBlock } } } }`;
  await publish(database(), owner, { tables, span: { start: 5, end: 9 } });
  expect((await dataOf(graphql, query)).job?.tables).toEqual([{ missingRanges: [{ startBlock: "0", endBlock: "4" }] }]);
  await publish(database(), owner, { tables, span: { start: 0, end: 4 } });
  expect((await dataOf(graphql, query)).job?.tables).toEqual([{ missingRanges: [] }]);
});
