import { expect, test } from "vitest";
import { registerDataset } from "../../src/store/dataset.ts";
import { useDatabase } from "../store-fixtures.ts";
import { mutate, refusal } from "./mutate.ts";
import { type GraphqlServer, startGraphql } from "./start-graphql.ts";

const database = useDatabase("pglite");

async function release(version: string) {
  const content = { kind: "evm-rpc", network: "anvil", start_block: Number(version.split(".")[0]) };
  await registerDataset(database(), { namespace: "_", name: "eth", version, manifest: { content } });
}

const deploy = (graphql: GraphqlServer, input: object) =>
  mutate(graphql, "deployDataset", { dataset: "_/eth", ...input }, "created job { id number status dataset { name } }");

test("a deploy that is sent again with its key answers with its job, whatever happened in between", async () => {
  await release("1.0.0");
  const graphql = await startGraphql(database());
  const first = await deploy(graphql, { idempotencyKey: "k", endBlock: "7" });
  expect(first).toMatchObject({ created: true, job: { status: "SCHEDULED" } });
  await release("2.0.0");
  const again = { ...first, created: false };
  expect(await deploy(graphql, { idempotencyKey: "k", endBlock: "7" })).toEqual(again);
  // What is absent and what is given as the default are the same input, and so are both ways to say `latest`.
  const spelled = { dataset: "_/eth@latest", parallelism: 1, verify: false, nodeSelector: null };
  expect(await deploy(graphql, { ...spelled, idempotencyKey: "k", endBlock: "7" })).toEqual(again);
  const { number } = first.job ?? {};
  await mutate(graphql, "stopJob", { number }, "changed");
  await mutate(graphql, "removeJob", { number }, "changed");
  expect(await deploy(graphql, { idempotencyKey: "k", endBlock: "7" })).toMatchObject({
    created: false,
    job: { number, status: "STOPPED", dataset: { name: "eth" } },
  });
});

test("a key that comes back with other input is refused", async () => {
  await release("1.0.0");
  const graphql = await startGraphql(database());
  await deploy(graphql, { idempotencyKey: "k" });
  expect(await deploy(graphql, { idempotencyKey: "k", endBlock: "7" })).toEqual(
    refusal("IdempotencyConflictError", "IDEMPOTENCY_CONFLICT", "idempotency key 'k' was used for another deploy"),
  );
});

test.each(["", "a".repeat(256), "a\nb", "ü"])("the key %j is refused, and named", async (idempotencyKey) => {
  await release("1.0.0");
  const graphql = await startGraphql(database());
  const shown = expect.stringContaining(`idempotency key ${JSON.stringify(idempotencyKey).slice(0, 60)}`);
  expect(await deploy(graphql, { idempotencyKey })).toEqual(refusal("InvalidArgumentError", "INVALID_ARGUMENT", shown));
  expect(await database().prisma.job.count()).toBe(0);
});

test("null is no key", async () => {
  await release("1.0.0");
  const graphql = await startGraphql(database());
  const first = await deploy(graphql, { idempotencyKey: null });
  await mutate(graphql, "stopJob", { number: first.job?.number }, "changed");
  expect(await deploy(graphql, { idempotencyKey: null })).toMatchObject({ created: true });
  expect(await database().prisma.deployKey.count()).toBe(0);
});
