import { buildSchema, getIntrospectionQuery, parse } from "graphql";
import { describe, expect, test } from "vitest";
import { schema as ownSchema } from "../schema.ts";
import { CostMeter } from "./cost-meter.ts";
import { STATEMENT_COST } from "./field-cost.ts";
import { LIMITS } from "./operation-limits.ts";

const S = STATEMENT_COST;

const schema = buildSchema(`
  interface Node { id: ID! }
  type Query { version: String shops(first: Int, last: Int): ShopConnection! nodes(ids: [ID!]!): [Node]! shelves: [Shelf!]! }
  type Mutation { open: Shop! }
  type Subscription { opened: Shop! }
  type ShopConnection { totalCount: Int! edges: [ShopEdge!]! nodes: [Shop!]! pageInfo: PageInfo! }
  type ShopEdge { cursor: String! node: Shop! }
  type PageInfo { endCursor: String }
  type Shop implements Node { id: ID! name: String! tags: [String!]! shelves: [Shelf!]! goods(first: Int): GoodConnection! }
  type Shelf { width: Int! }
  type GoodConnection { nodes: [Good!]! }
  type Good { price: Int! }
`);

/** Through one meter twice: what it keeps must be what it counts. */
function cost(query: string, variables: object = {}, operationName?: string): number | undefined {
  const meter = new CostMeter(schema);
  const document = parse(query);
  meter.measure(document, operationName, { first: 1_000_000, hidden: false, ids: ["a", "b"] });
  return meter.measure(document, operationName, { ...variables });
}

describe("the cost of an operation", () => {
  test.each([
    ["a field of a root type is a statement", "{ version }", S],
    ["also of a mutation", "mutation { open { name } }", S + 1],
    ["also of a subscription", "subscription { opened { name } }", S + 1],
    ["fields within it cost one each", "mutation { open { id name tags __typename } }", S + 4],
    ["a page multiplies its rows", "{ shops(first: 7) { nodes { id name } } }", S + 1 + 7 * 2],
    ["from either end", "{ shops(last: 7) { nodes { id name } } }", S + 1 + 7 * 2],
    ["both at once, which is refused, count as the larger", "{ shops(first: 2, last: 7) { nodes { id } } }", S + 1 + 7],
    ["edges count as their nodes do", "{ shops(first: 7) { edges { cursor node { id } } } }", S + 1 + 7 * 3],
    ["a page that is not told has 50 rows", "{ shops { nodes { id } } }", S + 1 + 50],
    ["null is not told", "{ shops(first: null) { nodes { id } } }", S + 1 + 50],
    ["an empty page has none", "{ shops(first: 0) { nodes { id } } }", S + 1],
    ["less than nothing makes nothing cheaper", "{ shops(first: -9) { nodes { id } } version }", S + 1 + S],
    ["what stands beside the rows counts once", "{ shops(first: 7) { totalCount pageInfo { endCursor } } }", S + 3],
    ["another list has ten", "{ shelves { width } }", S + 10],
    ["a list within a page multiplies on", "{ shops(first: 7) { nodes { shelves { width } } } }", S + 1 + 7 * 11],
    [
      "a page within a page multiplies on, and is a statement for each row",
      "{ shops(first: 7) { nodes { goods(first: 3) { nodes { price } } } } }",
      S + 1 + 7 * (S + 1 + 3),
    ],
    ["ids count themselves, a statement each", '{ nodes(ids: ["a", "b", "c"]) { id } }', 3 * S + 3],
    ["aliases count each", "{ a: version b: version }", 2 * S],
    ["inline fragments are part of it", "{ ... { ... on Query { version } } }", S],
    ["within a page too", "{ shops(first: 7) { ... on ShopConnection { nodes { id } } } }", S + 1 + 7],
    ["fragments count wherever they are used", "{ ...F ...F } fragment F on Query { version }", 2 * S],
    [
      "a fragment counts by the page it is used in",
      "{ a: shops(first: 2) { ...F } b: shops(first: 7) { ...F } } fragment F on ShopConnection { nodes { id } }",
      2 * (S + 1) + 9,
    ],
    ["a fragment in a circle, which is refused, ends", "{ ...F } fragment F on Query { version ...F }", S],
    ["what is skipped costs nothing", "{ version @skip(if: true) a: version @skip(if: false) }", S],
    ["what is not included costs nothing", "{ version @include(if: false) ... @include(if: true) { version } }", S],
    ["a spread can be skipped", "{ version ...F @skip(if: true) } fragment F on Query { version }", S],
  ])("%s", (_rule, query, expected) => {
    expect(cost(query)).toBe(expected);
  });

  test.each([
    ["a variable for a page", "query ($first: Int) { shops(first: $first) { nodes { id } } }", { first: 7 }, S + 8],
    ["a default", "query ($first: Int = 7) { shops(first: $first) { nodes { id } } }", {}, S + 8],
    [
      "null against a default",
      "query ($first: Int = 7) { shops(first: $first) { nodes { id } } }",
      { first: null },
      S + 51,
    ],
    ["no value", "query ($first: Int) { shops(first: $first) { nodes { id } } }", {}, S + 51],
    ["a name of every object", "query ($toString: Int = 7) { shops(first: $toString) { nodes { id } } }", {}, S + 8],
    ["a list", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: ["a", "b", "c"] }, 3 * S + 3],
    ["one id for a list", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: "a" }, S + 1],
    ["a condition", "query ($hidden: Boolean!) { version @skip(if: $hidden) }", { hidden: true }, 0],
    ["a condition that leaves it in", "query ($hidden: Boolean!) { version @skip(if: $hidden) }", { hidden: false }, S],
  ])("%s is read from the variables", (_what, query, variables, expected) => {
    expect(cost(query, variables)).toBe(expected);
  });

  test("is of the operation that is named", () => {
    const query = "query A { version } query B { version b: version }";
    expect(cost(query, {}, "A")).toBe(S);
    expect(cost(query, {}, "B")).toBe(2 * S);
    expect(cost(query, {}, "C")).toBeUndefined();
    expect(cost(query)).toBeUndefined();
  });

  test("of fragments that double a thousand times is found at once", () => {
    const fragments = Array.from({ length: 1_000 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`);
    expect(cost(`{ ...F0 } ${fragments.join(" ")} fragment F1000 on Query { version }`)).toBe(S * 2 ** 1_000);
  });
});

describe("of our own schema", () => {
  const meter = new CostMeter(ownSchema);
  const measure = (query: string) => meter.measure(parse(query), undefined, {});

  test.each([
    ["the introspection query", getIntrospectionQuery()],
    [
      "1,000 jobs with progress and tables",
      `{ jobs(first: 1000) { totalCount nodes {
        number status version attempt nodeId createdAt updatedAt endedAt allowedActions lastError { code message }
        descriptor { datasetNamespace datasetName manifestHash endBlock }
        progress { startBlock currentBlock headBlock targetBlock lagBlocks filesCount totalSizeBytes rowCount
          tables { table startBlock currentBlock filesCount totalSizeBytes rowCount } }
        tables { name location startBlock currentBlock filesCount totalSizeBytes rowCount }
      } } }`,
    ],
    [
      "10,000 events of a job",
      "{ job(number: 1) { events(first: 10000) { edges { cursor node { sequence jobNumber type time nodeId actor requestId reason detail } } } } }",
    ],
    [
      "the last events of 1,000 jobs",
      "{ jobs(first: 1000) { nodes { number events(last: 10) { nodes { sequence type time reason } } } } }",
    ],
    ["1,000 nodes", `{ nodes(ids: [${'"a",'.repeat(1_000)}]) { id ... on Job { status } ... on Table { rowCount } } }`],
  ])("%s are allowed", (_what, query) => {
    expect(measure(query)).toBeLessThanOrEqual(LIMITS.maxCost);
  });

  test.each([
    ["every event of 1,000 jobs", "{ jobs(first: 1000) { nodes { events(first: 10000) { nodes { sequence } } } } }"],
    [
      "the pages of jobs of every dataset",
      '{ datasets { nodes { jobs(revision: "dev") { events { nodes { type } } } } } }',
    ],
  ])("%s are not", (_what, query) => {
    expect(measure(query)).toBeGreaterThan(LIMITS.maxCost);
  });
});
