import { expect, test } from "vitest";
import { completeJob } from "../../src/store/job-own.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { ACTOR, deploy, makeDeployment, makeJobIn, startJob, useDatabase } from "../store-fixtures.ts";
import { mutate, refusal } from "./mutate.ts";
import { dataOf, type GraphqlServer, listOf, startGraphql } from "./start-graphql.ts";

const MANIFEST = { kind: "evm-rpc", network: "anvil", start_block: 0, tables: {} };

const database = useDatabase("pglite");

const register = (graphql: GraphqlServer, input: object) =>
  mutate(
    graphql,
    "registerDataset",
    { namespace: "_", name: "eth", manifest: MANIFEST, ...input },
    "version manifest { hash tables startBlock } dataset { id name dev { hash } versions { version } }",
  );
const deployDataset = (graphql: GraphqlServer, input: object = {}) =>
  mutate(
    graphql,
    "deployDataset",
    { dataset: "_/eth@dev", ...input },
    "created job { number status descriptor { endBlock } }",
  );
const stop = (graphql: GraphqlServer, input: object) =>
  mutate(graphql, "stopJob", input, "changed job { status version stopDeadline }");
const retry = (graphql: GraphqlServer, number: bigint) =>
  mutate(graphql, "retryJob", { number: String(number) }, "created job { number retryOf status }");
const remove = (graphql: GraphqlServer, input: object) => mutate(graphql, "removeJob", input, "number changed");
const prune = (graphql: GraphqlServer, input: object) =>
  mutate(graphql, "pruneJobs", input, "dryRun total completed stopped failed");

test("registering a dataset answers with its manifest, is idempotent, and orders versions", async () => {
  const graphql = await startGraphql(database());
  const first = await register(graphql, { version: "1.9.0" });
  expect(first).toMatchObject({
    version: "1.9.0",
    manifest: {
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      tables: ["blocks", "transactions", "logs"],
      startBlock: "0",
    },
    dataset: { name: "eth", dev: { hash: first.manifest?.hash }, versions: [{ version: "1.9.0" }] },
  });
  expect(await register(graphql, { version: "1.9.0" })).toEqual(first);
  const second = await register(graphql, { version: "1.10.0", manifest: first.manifest?.hash });
  expect(second).toMatchObject({ dataset: { versions: [{ version: "1.10.0" }, { version: "1.9.0" }] } });
  // The order of keys does not matter, and neither does the way in which the manifest is sent.
  const literal = `mutation { registerDataset(input: { namespace: "_", name: "eth", manifest: { tables: {}, start_block: 0, network: "anvil", kind: "evm-rpc" } }) { ... on RegisterDatasetPayload { version manifest { hash } } } }`;
  expect(await dataOf(graphql, literal)).toEqual({
    registerDataset: { version: null, manifest: { hash: first.manifest?.hash } },
  });
});

test.each([
  [{ name: "Eth" }, refusal("InvalidArgumentError", "INVALID_ARGUMENT", expect.stringContaining('"Eth"'))],
  [{ namespace: "" }, refusal("InvalidArgumentError", "INVALID_ARGUMENT", expect.stringContaining("namespace"))],
  [{ version: "1" }, refusal("InvalidArgumentError", "INVALID_ARGUMENT", expect.stringContaining('"1"'))],
  [{ version: "" }, refusal("InvalidArgumentError", "INVALID_ARGUMENT", expect.stringContaining("version"))],
  [
    { manifest: { kind: "x" } },
    refusal("InvalidManifestError", "INVALID_MANIFEST", expect.stringContaining("manifest.kind")),
  ],
  [
    { manifest: [] },
    refusal("InvalidManifestError", "INVALID_MANIFEST", expect.stringContaining("manifest must be an object")),
  ],
  [
    { manifest: { ...MANIFEST, tables: { traces: {} } } },
    refusal("InvalidManifestError", "INVALID_MANIFEST", expect.stringContaining('"traces"')),
  ],
  [{ manifest: "abc" }, refusal("ManifestNotFoundError", "MANIFEST_NOT_FOUND", "manifest 'abc' not found")],
])("registering a dataset with %o is refused", async (input, expected) => {
  const graphql = await startGraphql(database());
  expect(await register(graphql, input)).toEqual(expected);
});

test("deploying a dataset schedules a job, and again answers with the same one", async () => {
  const graphql = await startGraphql(database());
  await register(graphql, { version: "1.0.0" });
  const first = await deployDataset(graphql, { endBlock: "9007199254740993" });
  expect(first).toMatchObject({
    created: true,
    job: { status: "SCHEDULED", descriptor: { endBlock: "9007199254740993" } },
  });
  const again = await deployDataset(graphql, { dataset: "_/eth@1.0.0", endBlock: "9007199254740993" });
  expect(again).toEqual({ ...first, created: false });
  expect(await deployDataset(graphql)).toEqual(
    refusal("ActiveJobConflictError", "ACTIVE_JOB_CONFLICT", expect.stringContaining(`'${first.job?.number}'`)),
  );
});

test.each([
  [{ dataset: "eth" }, "InvalidArgumentError", "INVALID_ARGUMENT", '"eth"'],
  [{ dataset: "_/eth@x" }, "InvalidArgumentError", "INVALID_ARGUMENT", '"x"'],
  [{ endBlock: "x" }, "InvalidArgumentError", "INVALID_ARGUMENT", '"x"'],
  [{ endBlock: "9223372036854775808" }, "InvalidArgumentError", "INVALID_ARGUMENT", "9223372036854775808"],
  [{ parallelism: 0 }, "InvalidArgumentError", "INVALID_ARGUMENT", "not 0"],
  [{ nodeSelector: "a b" }, "InvalidArgumentError", "INVALID_ARGUMENT", '"a b"'],
  [{ nodeSelector: "" }, "InvalidArgumentError", "INVALID_ARGUMENT", '""'],
  [{ dataset: "_/other" }, "DatasetNotFoundError", "DATASET_NOT_FOUND", "_/other"],
  [{ dataset: "_/eth@9.9.9" }, "DatasetNotFoundError", "DATASET_NOT_FOUND", "_/eth@9.9.9"],
])("deploying with %o is refused", async (input, type, code, part) => {
  const graphql = await startGraphql(database());
  await register(graphql, {});
  expect(await deployDataset(graphql, input)).toEqual(refusal(type, code, expect.stringContaining(part)));
});

test("deploying or running again while a job of the same tables stops asks to wait", async () => {
  const graphql = await startGraphql(database());
  const first = await startJob(database());
  const { namespace, name, manifestHash } = first.job;
  await completeJob(database(), first.owner, ACTOR);
  const second = await startJob(database(), { namespace, name, manifestHash });
  await stopJob(database(), { number: second.owner.job, deadlineMs: 60_000 }, ACTOR);
  const expected = refusal("JobStoppingError", "JOB_STOPPING", expect.stringContaining(`'${second.owner.job}'`), true);
  expect(await deployDataset(graphql, { dataset: `_/${name}@dev` })).toEqual(expected);
  expect(await retry(graphql, first.owner.job)).toEqual(expected);
});

test("stopping asks the owner, once, and gives it until the deadline", async () => {
  const graphql = await startGraphql(database());
  const { owner } = await startJob(database());
  const first = await stop(graphql, { number: String(owner.job), reason: "maintenance", expectedVersion: 2 });
  expect(first).toMatchObject({ changed: true, job: { status: "STOP_REQUESTED", version: 3 } });
  expect(await stop(graphql, { number: String(owner.job) })).toEqual({ ...first, changed: false });
  const query = `{ job(number: ${owner.job}) { events(last: 1) { nodes { type reason nodeId requestId } } } }`;
  const { job } = await dataOf(graphql, query);
  const [event] = listOf(job?.events?.nodes);
  expect(event).toMatchObject({ type: "STOP_REQUESTED", reason: "maintenance", nodeId: "controller-1" });
  expect(event?.requestId).toMatch(/^[\da-f-]{36}$/);
});

test("stopping a job that nobody owns ends it, and an ended one stays as it is", async () => {
  const graphql = await startGraphql(database());
  const { number } = await deploy(database());
  expect(await stop(graphql, { number: Number(number) })).toMatchObject({ changed: true, job: { status: "STOPPED" } });
  expect(await stop(graphql, { number: Number(number) })).toMatchObject({ changed: false, job: { status: "STOPPED" } });
});

test("stopping what is not there, or has changed, is refused", async () => {
  const graphql = await startGraphql(database());
  expect(await stop(graphql, { number: "999999" })).toEqual(
    refusal("JobNotFoundError", "JOB_NOT_FOUND", "job '999999' not found"),
  );
  const { number } = await deploy(database());
  expect(await stop(graphql, { number: String(number), expectedVersion: 7 })).toEqual(
    refusal("VersionConflictError", "VERSION_CONFLICT", `job '${number}' has version 1, not 7`),
  );
});

test("running a job again makes a new one that names it", async () => {
  const graphql = await startGraphql(database());
  const { job } = await makeJobIn(database(), "FAILED");
  const again = await retry(graphql, job.number);
  expect(again).toMatchObject({ created: true, job: { retryOf: String(job.number), status: "SCHEDULED" } });
  expect(await retry(graphql, job.number)).toEqual({ ...again, created: false });
});

test("running again what is not there, has not ended, or meets another active job is refused", async () => {
  const graphql = await startGraphql(database());
  expect(await retry(graphql, 999_999n)).toEqual(
    refusal("JobNotFoundError", "JOB_NOT_FOUND", "job '999999' not found"),
  );
  const { job } = await makeJobIn(database(), "RUNNING");
  expect(await retry(graphql, job.number)).toEqual(
    refusal("JobConflictError", "JOB_CONFLICT", expect.stringContaining("RUNNING")),
  );
  const ended = await makeJobIn(database(), "COMPLETED");
  const { namespace, name, manifestHash } = ended.job;
  await deploy(database(), { ...(await makeDeployment(database())), namespace, name, manifestHash, endBlock: "5" });
  expect(await retry(graphql, ended.job.number)).toMatchObject({ __typename: "ActiveJobConflictError" });
});

test("removing an ended job says so, and once more that there was nothing to do", async () => {
  const graphql = await startGraphql(database());
  const { job } = await makeJobIn(database(), "STOPPED");
  const number = String(job.number);
  expect(await remove(graphql, { number, expectedVersion: 1 })).toEqual(
    refusal("VersionConflictError", "VERSION_CONFLICT", `job '${number}' has version ${job.version}, not 1`),
  );
  expect(await remove(graphql, { number })).toMatchObject({ number, changed: true });
  expect(await remove(graphql, { number })).toMatchObject({ number, changed: false });
  const { job: running } = await makeJobIn(database(), "RUNNING");
  expect(await remove(graphql, { number: String(running.number) })).toEqual(
    refusal("JobConflictError", "JOB_CONFLICT", expect.stringContaining("RUNNING")),
  );
});

test("pruning counts first and removes then, and only what has ended", async () => {
  const graphql = await startGraphql(database());
  for (const status of ["COMPLETED", "COMPLETED", "STOPPED", "FAILED", "RUNNING"] as const)
    await makeJobIn(database(), status);
  const all = { total: 4, completed: 2, stopped: 1, failed: 1 };
  expect(await prune(graphql, { dryRun: true })).toMatchObject({ dryRun: true, ...all });
  expect(await prune(graphql, { status: [] })).toMatchObject({ dryRun: false, total: 0 });
  expect(await prune(graphql, { status: ["COMPLETED"] })).toMatchObject({
    total: 2,
    completed: 2,
    stopped: 0,
    failed: 0,
  });
  expect(await prune(graphql, { status: ["FAILED", "RUNNING"] })).toEqual(
    refusal(
      "InvalidArgumentError",
      "INVALID_ARGUMENT",
      "RUNNING cannot be pruned: only COMPLETED, STOPPED, FAILED are final",
    ),
  );
  expect(await prune(graphql, {})).toMatchObject({ total: 2, stopped: 1, failed: 1 });
  expect((await dataOf(graphql, "{ jobs { nodes { status } } }")).jobs?.nodes).toEqual([{ status: "RUNNING" }]);
});
