import { expect, test } from "vitest";
import { registerProvider } from "../../src/store/provider.ts";
import { publish, startJob, startWorker, takeAll, useDatabase } from "../store-fixtures.ts";
import { dataOf, errorOf, type GraphqlServer, listOf, post, startGraphql } from "./start-graphql.ts";

const NODE = "query ($id: ID!) { node(id: $id) { __typename id } table(id: $id) { id } }";
const base64 = (text: string) => Buffer.from(text).toString("base64");

const database = useDatabase("pglite");

/** One object of each type that has a global id, as a client first meets it. */
async function meetAll(graphql: GraphqlServer) {
  const { owner } = await startJob(database());
  const tables = await takeAll(database(), owner, ["blocks"]);
  await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
  await startWorker(database(), "eu/worker:1 ü");
  const config = { kind: "evm-rpc", network: "anvil", url: "http://127.0.0.1:8545" };
  await registerProvider(database(), "main", config);
  const data = await dataOf(
    graphql,
    `{ job(number: ${owner.job}) { __typename id dataset { __typename id } tables { __typename id } }
       worker(nodeId: "eu/worker:1 ü") { __typename id } provider(name: "main") { __typename id }
       jobEvents(last: 1) { nodes { __typename id } } }`,
  );
  return [
    data.job,
    data.job?.dataset,
    listOf(data.job?.tables)[0],
    data.worker,
    data.provider,
    listOf(data.jobEvents?.nodes)[0],
  ].map((object) => ({
    id: String(object?.id),
    __typename: String(object?.__typename),
  }));
}

test("each object is found again by its id, one by one and all at once, in the order asked", async () => {
  const graphql = await startGraphql(database());
  const objects = await meetAll(graphql);
  expect(objects.map(({ __typename }) => __typename)).toEqual([
    "Job",
    "Dataset",
    "Table",
    "Worker",
    "Provider",
    "JobEvent",
  ]);
  for (const { id, __typename } of objects) {
    const { node, table } = await dataOf(graphql, NODE, { id });
    expect(node).toEqual({ id, __typename });
    expect(table).toEqual(__typename === "Table" ? { id } : null);
  }
  const ids = [...objects.map(({ id }) => id).reverse(), objects[0]?.id];
  const { nodes } = await dataOf(graphql, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids });
  expect(nodes).toEqual(ids.map((id) => ({ id })));
});

test.each([
  "Job:999999",
  "Job:9223372036854775808",
  "Job:99999999999999999999",
  "Job:x",
  "Job:-1",
  "Table:1e3",
  "Table:9223372036854775808",
  "Dataset:_",
  "Dataset:_/none",
  "Dataset:_/a/b",
  "Worker:none",
  "Provider:none",
  "JobEvent:0",
  "JobEvent:x",
])("what %s would name is not there", async (text) => {
  const graphql = await startGraphql(database());
  expect(await dataOf(graphql, NODE, { id: base64(text) })).toEqual({ node: null, table: null });
  const ids = [base64(text), base64("Job:1")];
  expect(await dataOf(graphql, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids })).toEqual({
    nodes: [null, null],
  });
});

test.each(["", "garbage", base64("Query:1"), base64("Manifest:1"), base64("Worker:\0"), base64(":1"), "💥"])(
  "%j is refused as an id in clear words",
  async (id) => {
    const graphql = await startGraphql(database());
    for (const query of [NODE, "query ($id: ID!) { nodes(ids: [$id]) { id } }"]) {
      const { errors, text } = await post(graphql, query, { id });
      expect(errors?.[0]).toMatchObject({
        message: `id '${id}' is not one that this server made`,
        extensions: { code: "INVALID_ARGUMENT" },
      });
      expect(text).not.toContain("INTERNAL");
    }
    expect(graphql.logLines).toEqual([]);
  },
);

test("more ids than allowed at once are refused", async () => {
  const graphql = await startGraphql(database());
  const ids = Array.from({ length: 1_001 }, (_, index) => base64(`Job:${index}`));
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
  expect((await errorOf(graphql, query, { ids })).message).toBe("ids must be 1000 at most, not 1001");
});

test("numbers beyond 2^53 pass as texts and in the document, and are refused where JSON has lost their digits", async () => {
  const graphql = await startGraphql(database());
  const { owner } = await startJob(database());
  const target = 2n ** 62n + 1n;
  await database().prisma.$executeRaw`update job set target_block = ${target} where number = ${owner.job}`;
  const query = "query ($n: BigInt!) { job(number: $n) { progress { targetBlock } } }";
  for (const n of [String(owner.job), Number(owner.job)]) {
    const { job } = await dataOf(graphql, query, { n });
    expect(job?.progress?.targetBlock).toBe("4611686018427387905");
  }
  for (const n of ["9007199254740993", '"9007199254740993"']) {
    expect(await dataOf(graphql, `{ job(number: ${n}) { number } }`)).toEqual({ job: null });
  }
  expect((await errorOf(graphql, query, { n: 2 ** 53 })).message).toContain("BigInt takes a 64-bit integer");
  expect((await errorOf(graphql, "{ job(number: 9223372036854775808) { number } }")).message).toContain("BigInt");
});

test("workers and datasets are listed in the order of their names, with times in UTC", async () => {
  const graphql = await startGraphql(database());
  await startWorker(database(), "b");
  await startWorker(database(), "a");
  await startJob(database(), {});
  const data = await dataOf(
    graphql,
    `{ workers { nodes { nodeId isAlive isDraining capacity version leaseUntil heartbeatAt createdAt registeredAt } }
       datasets { totalCount nodes { namespace name createdAt dev { hash } } } server { nodeId version } }`,
  );
  const workers = listOf(data.workers?.nodes);
  expect(workers.map(({ nodeId }) => nodeId).slice(0, 2)).toEqual(["a", "b"]);
  expect(workers[0]).toMatchObject({ isAlive: true, isDraining: false, capacity: 4, version: "1.0.0" });
  expect(workers[0]?.leaseUntil).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(data.datasets).toMatchObject({ totalCount: 1, nodes: [{ namespace: "_" }] });
  expect(data.server).toEqual({ nodeId: "controller-1", version: "1.2.3" });
});
