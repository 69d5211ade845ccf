import { expect, test } from "vitest";
import { registerDataset } from "../../src/store/dataset.ts";
import { registerProvider } from "../../src/store/provider.ts";
import { publish, startJob, startWorker, takeAll, useDatabase } from "../store-fixtures.ts";
import { dataOf, errorOf, listOf, startGraphql } from "./start-graphql.ts";
import { watchDatabase } from "./watched-database.ts";

const database = useDatabase("pglite");

const NAMES = ["a", "b", "c", "d", "e"];

const LISTS: [string, string, (name: string) => Promise<unknown>][] = [
  [
    "datasets",
    "name",
    (name) =>
      registerDataset(database(), {
        // Sorted by namespace first.
        namespace: name < "c" ? "x" : "y",
        name,
        manifest: { content: { kind: "evm-rpc", network: "anvil", start_block: 0 } },
      }),
  ],
  [
    "providers",
    "name",
    (name) => registerProvider(database(), name, { kind: "evm-rpc", network: "anvil", url: "http://a" }),
  ],
  ["workers", "nodeId", (name) => startWorker(database(), name)],
];

test.each(LISTS)("%s are paged by their names, both ways, while some come and go", async (list, key, make) => {
  const graphql = await startGraphql(database());
  for (const name of NAMES.toReversed()) await make(name);
  const query = `query ($first: Int, $last: Int, $after: String, $before: String) {
    list: ${list}(first: $first, last: $last, after: $after, before: $before) {
      totalCount nodes { key: ${key} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
  const read = async (variables: object) => {
    const { list: page } = await dataOf(graphql, query, variables);
    return { names: listOf(page?.nodes).map((node) => node.key), page };
  };
  const all = await read({});
  expect([all.names, all.page?.totalCount]).toEqual([NAMES, 5]);
  const first = await read({ first: 2 });
  expect([first.names, first.page?.pageInfo?.hasNextPage]).toEqual([["a", "b"], true]);
  const next = await read({ first: 2, after: first.page?.pageInfo?.endCursor });
  expect(next.names).toEqual(["c", "d"]);
  const last = await read({ last: 2 });
  expect([last.names, last.page?.pageInfo?.hasPreviousPage]).toEqual([["d", "e"], true]);
  expect((await read({ last: 2, before: last.page?.pageInfo?.startCursor })).names).toEqual(["b", "c"]);
  expect((await errorOf(graphql, query, { first: 1_001 })).message).toBe("first must be from 0 to 1000, not 1001");
  expect((await errorOf(graphql, query, { after: "x" })).message).toContain("is not one that this server made");
});

test("a dataset is found by its name alone", async () => {
  const graphql = await startGraphql(database());
  const { job } = await startJob(database());
  const query = "query ($reference: String!) { dataset(reference: $reference) { name } }";
  expect(await dataOf(graphql, query, { reference: `_/${job.name}` })).toEqual({ dataset: { name: job.name } });
  expect(await dataOf(graphql, query, { reference: "_/none" })).toEqual({ dataset: null });
  expect((await errorOf(graphql, query, { reference: `_/${job.name}@dev` })).message).toContain("without a revision");
  expect((await errorOf(graphql, query, { reference: job.name })).message).toContain("namespace/name");
});

/** Counts what an operation reads, and not what the server's feeds read of the event log beside it. */
function countingDatabase() {
  const watched = watchDatabase(database());
  let reads = 0;
  watched.intercept = ({ sql }) => {
    if (!sql.includes("job_event")) reads += 1;
  };
  const countReads = async (run: () => Promise<unknown>) => {
    const before = reads;
    await run();
    return reads - before;
  };
  return { watched, countReads };
}

const JOBS_QUERY = `{ jobs { totalCount countsByStatus { status count } nodes {
  dataset { name dev { hash } manifest(revision: "dev") { hash } }
  tables { name currentBlock } progress { currentBlock }
} } }`;
const DATASETS_QUERY = '{ datasets { nodes { dev { hash } manifest(revision: "dev") { network } } } }';

test.each([
  ["jobs with their datasets and tables", JOBS_QUERY],
  ["datasets with their manifests", DATASETS_QUERY],
])("reading %s takes as many queries for five as for one", async (_what, query) => {
  const { watched, countReads } = countingDatabase();
  const graphql = await startGraphql(watched);
  const readAll = () => countReads(() => dataOf(graphql, query));
  const make = async () => {
    const { owner } = await startJob(database());
    const tables = await takeAll(database(), owner, ["blocks"]);
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
  };
  await make();
  const forOne = await readAll();
  for (let count = 1; count < 5; count += 1) await make();
  expect(await readAll()).toBe(forOne);
});

test("many nodes of a type take one read", async () => {
  const { watched, countReads } = countingDatabase();
  const graphql = await startGraphql(watched);
  for (let count = 0; count < 3; count += 1) await startJob(database());
  const { jobs } = await dataOf(graphql, "{ jobs { nodes { id } } }");
  const ids = listOf(jobs?.nodes).map(({ id }) => id);
  const reads = await countReads(async () => {
    const { nodes } = await dataOf(graphql, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids });
    expect(nodes).toEqual(ids.map((id) => ({ id })));
  });
  expect(reads).toBe(1);
});

test("the server says what it takes, what it is and what time it is", async () => {
  const graphql = await startGraphql(database(), { pipeline: { limits: { maxAliases: 7 } } });
  const { server, viewer } = await dataOf(
    graphql,
    `{ viewer { name role } server { version nodeId role time limits {
      maxTokens maxDepth maxCost maxAliases maxPage maxEventPage maxNodes maxSubscriptionsPerConnection } } }`,
  );
  expect(viewer).toEqual({ name: null, role: "ADMIN" });
  expect(server).toMatchObject({ version: "1.2.3", nodeId: "controller-1", role: "CONTROLLER" });
  expect(server?.limits).toMatchObject({ maxAliases: 7, maxPage: 1_000, maxNodes: 1_000, maxEventPage: 10_000 });
  expect(Math.abs(Date.parse(String(server?.time)) - Date.now())).toBeLessThan(60_000);
});
