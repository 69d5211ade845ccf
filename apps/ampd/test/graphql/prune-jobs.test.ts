import { expect, test } from "vitest";
import { makeJobIn, useDatabase } from "../store-fixtures.ts";
import { mutate, refusal } from "./mutate.ts";
import { type GraphqlServer, startGraphql } from "./start-graphql.ts";

const database = useDatabase("pglite");

const prune = (graphql: GraphqlServer, input: object) =>
  mutate(graphql, "pruneJobs", input, "dryRun total completed stopped failed");

test("pruning a dataset, or one revision of it, counts and removes its jobs only", async () => {
  const graphql = await startGraphql(database());
  const { job } = await makeJobIn(database(), "COMPLETED");
  const { job: other } = await makeJobIn(database(), "FAILED");
  const dataset = `_/${job.name}`;
  const none = { total: 0, completed: 0, stopped: 0, failed: 0 };
  expect(await prune(graphql, { dataset, status: ["FAILED"] })).toMatchObject(none);
  expect(await prune(graphql, { dataset: `${dataset}@${job.manifestHash}`, dryRun: true })).toMatchObject({
    dryRun: true,
    total: 1,
    completed: 1,
  });
  expect(await prune(graphql, { dataset: `${dataset}@dev` })).toMatchObject({ total: 1, completed: 1 });
  expect(await prune(graphql, { dataset })).toMatchObject(none);
  expect(await prune(graphql, { dataset: `_/${other.name}` })).toMatchObject({ total: 1, failed: 1 });
});

test("pruning a dataset without a revision takes the jobs of all its manifests", async () => {
  const graphql = await startGraphql(database());
  const { job } = await makeJobIn(database(), "COMPLETED");
  // Without a version there is no `latest`, which is what a reference means by default.
  expect(await prune(graphql, { dataset: `_/${job.name}@latest` })).toMatchObject({
    __typename: "DatasetNotFoundError",
  });
  expect(await prune(graphql, { dataset: `_/${job.name}` })).toMatchObject({ total: 1 });
});

test("pruning by age takes what ended before, and nothing later", async () => {
  const graphql = await startGraphql(database());
  const { job } = await makeJobIn(database(), "STOPPED");
  const endedAt = job.endedAt?.getTime() ?? 0;
  const before = (time: number) => ({ endedBefore: new Date(time).toISOString() });
  expect(await prune(graphql, before(endedAt))).toMatchObject({ total: 0 });
  expect(await prune(graphql, { ...before(endedAt + 1), dryRun: true })).toMatchObject({ total: 1 });
  expect(await prune(graphql, before(endedAt + 1))).toMatchObject({ total: 1, stopped: 1 });
});

test.each([
  ["_/none", "DatasetNotFoundError", "DATASET_NOT_FOUND", "_/none"],
  ["_/none@dev", "DatasetNotFoundError", "DATASET_NOT_FOUND", "_/none"],
  ["none", "InvalidArgumentError", "INVALID_ARGUMENT", '"none"'],
  ["_/none@", "InvalidArgumentError", "INVALID_ARGUMENT", '"_/none@"'],
  ["_/None", "InvalidArgumentError", "INVALID_ARGUMENT", '"None"'],
])("pruning the dataset %s is refused, and removes nothing", async (dataset, type, code, part) => {
  const graphql = await startGraphql(database());
  await makeJobIn(database(), "STOPPED");
  expect(await prune(graphql, { dataset })).toEqual(refusal(type, code, expect.stringContaining(part)));
  expect(await database().prisma.job.count()).toBe(1);
});
