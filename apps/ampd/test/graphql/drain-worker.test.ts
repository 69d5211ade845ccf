import { expect, test } from "vitest";
import { expireLease, startWorker, useDatabase } from "../store-fixtures.ts";
import { mutate, refusal } from "./mutate.ts";
import { type GraphqlServer, startGraphql } from "./start-graphql.ts";

const database = useDatabase("pglite");

const drain = (graphql: GraphqlServer, input: object) =>
  mutate(graphql, "drainWorker", input, "changed worker { nodeId isDraining isAlive }");

test("a live worker is asked to drain, once, and the log says why and for which request", async () => {
  const graphql = await startGraphql(database());
  await startWorker(database(), "eu-1");
  const worker = { nodeId: "eu-1", isDraining: true, isAlive: true };
  expect(await drain(graphql, { nodeId: "eu-1", reason: "new disk" })).toMatchObject({ changed: true, worker });
  expect(await drain(graphql, { nodeId: "eu-1" })).toMatchObject({ changed: false, worker });
  const lines = graphql.logLines.map((line) => JSON.parse(line)).filter(({ worker: nodeId }) => nodeId === "eu-1");
  expect(lines).toMatchObject([
    { reason: "new disk", changed: true, requestId: expect.stringMatching(/^[\da-f-]{36}$/) },
    { reason: null, changed: false },
  ]);
});

test("a worker that is not alive stays as it is", async () => {
  const graphql = await startGraphql(database());
  await expireLease(database(), await startWorker(database(), "eu-1"));
  expect(await drain(graphql, { nodeId: "eu-1" })).toMatchObject({
    changed: false,
    worker: { isDraining: false, isAlive: false },
  });
});

test("a worker that nobody knows is refused", async () => {
  const graphql = await startGraphql(database());
  expect(await drain(graphql, { nodeId: "eu-1" })).toEqual(
    refusal("WorkerNotFoundError", "WORKER_NOT_FOUND", "worker 'eu-1' not found"),
  );
});
