import { expect, test } from "vitest";
import { registerDataset } from "../../src/store/dataset.ts";
import { deployJob } from "../../src/store/job-deploy.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { ACTOR, useDatabase } from "../store-fixtures.ts";
import { refusal, serve } from "./rest-server.ts";

const database = useDatabase("pglite");

const MANIFEST = {
  kind: "evm-rpc",
  network: "anvil",
  start_block: 5,
  finalized_blocks_only: true,
  tables: { logs: {} },
};
const HASH = expect.stringMatching(/^[0-9a-f]{64}$/);
const UNKNOWN_HASH = "0".repeat(64);

async function register(changes: { version?: string; startBlock?: number; name?: string } = {}): Promise<string> {
  const { hash } = await registerDataset(database(), {
    namespace: "_",
    name: changes.name ?? "eth",
    version: changes.version,
    manifest: { content: { ...MANIFEST, start_block: changes.startBlock ?? 5 } },
  });
  return hash;
}

test("POST /datasets registers a manifest, and answers with what it extracts", async () => {
  const rest = await serve(database());
  const registration = { namespace: "_", name: "eth", version: "1.0.0", manifest: MANIFEST };
  const { status, body } = await rest("POST /datasets", { body: JSON.stringify(registration) });
  expect(status).toBe(201);
  expect(body).toEqual({
    namespace: "_",
    name: "eth",
    version: "1.0.0",
    manifest_hash: HASH,
    kind: "evm-rpc",
    start_block: 5,
    finalized_blocks_only: true,
    tables: ["logs"],
  });
});

test("without a version the answer has none, and the same manifest in another order has the same hash", async () => {
  const hash = await register();
  const rest = await serve(database());
  const manifest = Object.fromEntries(Object.entries(MANIFEST).toReversed());
  const { body } = await rest("POST /datasets", { body: JSON.stringify({ namespace: "_", name: "eth", manifest }) });
  expect(body).toMatchObject({ manifest_hash: hash });
  expect(body).not.toHaveProperty("version");
});

test("a manifest may be given as its hash", async () => {
  const hash = await register();
  const rest = await serve(database());
  const body = (manifest: string) => JSON.stringify({ namespace: "_", name: "other", manifest });
  expect(await rest("POST /datasets", { body: body(hash) })).toMatchObject({
    status: 201,
    body: { manifest_hash: hash },
  });
  expect(await rest("POST /datasets", { body: body(UNKNOWN_HASH) })).toEqual(refusal(404, "MANIFEST_NOT_FOUND"));
});

test("a start block beyond 2^53 is exact", async () => {
  const rest = await serve(database());
  const manifest = JSON.stringify(MANIFEST).replace('"start_block":5', '"start_block":9007199254740993');
  const { text } = await rest("POST /datasets", { body: `{"namespace":"_","name":"eth","manifest":${manifest}}` });
  expect(text).toContain('"start_block":9007199254740993,');
});

test.each([
  ["nothing", ""],
  ["no JSON", "{]"],
  ["no manifest", '{"namespace":"_","name":"eth"}'],
  ["no name", JSON.stringify({ namespace: "_", manifest: MANIFEST })],
  ["a manifest of null", '{"namespace":"_","name":"eth","manifest":null}'],
  ["a name that is not allowed", JSON.stringify({ namespace: "_", name: "Eth", manifest: MANIFEST })],
  ["a namespace that is not allowed", JSON.stringify({ namespace: "", name: "eth", manifest: MANIFEST })],
  ["no semantic version", JSON.stringify({ namespace: "_", name: "eth", version: "1", manifest: MANIFEST })],
])("POST /datasets with %s is refused by its form", async (_, body) => {
  const rest = await serve(database());
  expect(await rest("POST /datasets", { body })).toEqual(refusal(400, "INVALID_PAYLOAD_FORMAT"));
});

test.each([5, {}, { ...MANIFEST, kind: "solana" }, { ...MANIFEST, tables: { traces: {} } }])(
  "POST /datasets with the manifest %j is refused",
  async (manifest) => {
    const rest = await serve(database());
    const body = JSON.stringify({ namespace: "_", name: "eth", manifest });
    expect(await rest("POST /datasets", { body })).toEqual(refusal(400, "INVALID_MANIFEST"));
  },
);

test("GET /datasets lists datasets with their versions, the highest first", async () => {
  await register({ version: "1.9.0" });
  await register({ version: "1.10.0" });
  await register({ name: "base" });
  const rest = await serve(database());
  expect((await rest("GET /datasets")).body).toEqual({
    datasets: [
      { namespace: "_", name: "base", latest_version: null, versions: [] },
      { namespace: "_", name: "eth", latest_version: "1.10.0", versions: ["1.10.0", "1.9.0"] },
    ],
  });
});

test("GET …/versions lists the versions, and where latest and dev stand", async () => {
  const released = await register({ version: "1.0.0" });
  const dev = await register({ startBlock: 6 });
  const rest = await serve(database());
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000\+00:00$/);
  expect((await rest("GET /datasets/_/eth/versions")).body).toEqual({
    namespace: "_",
    name: "eth",
    versions: [{ version: "1.0.0", manifest_hash: released, created_at: time, updated_at: time }],
    special_tags: { latest: "1.0.0", dev },
  });
});

test("a revision is a version, a hash, latest or dev", async () => {
  const released = await register({ version: "1.0.0", startBlock: 1 });
  const dev = await register({ startBlock: 2 });
  const rest = await serve(database());
  for (const [revision, hash, start] of [
    ["1.0.0", released, 1],
    ["latest", released, 1],
    ["dev", dev, 2],
    [released, released, 1],
  ] as const) {
    const path = `/datasets/_/eth/versions/${revision}`;
    expect((await rest(`GET ${path}`)).body, revision).toEqual({
      namespace: "_",
      name: "eth",
      revision,
      manifest_hash: hash,
      kind: "evm-rpc",
      start_block: start,
      finalized_blocks_only: true,
      tables: ["logs"],
    });
    expect((await rest(`GET ${path}/manifest`)).body, revision).toEqual({ ...MANIFEST, start_block: start });
  }
});

test("…/jobs lists the jobs of a revision's manifest, newest first, each once, and none of another dataset", async () => {
  const hash = await register({ version: "1.0.0" });
  await register({ version: "2.0.0" });
  await register({ name: "twin" });
  const settings = { namespace: "_", manifestHash: hash, endBlock: null, parallelism: 1, verify: false };
  const make = (name: string) => deployJob(database(), { ...settings, name, nodeSelector: null }, ACTOR);
  const { job: first } = await make("eth");
  await stopJob(database(), { number: first.number, deadlineMs: 1_000 }, ACTOR);
  const { job: second } = await make("eth");
  await make("twin");
  const rest = await serve(database());
  for (const revision of ["1.0.0", "2.0.0", "latest", "dev", hash]) {
    const one = async (number: bigint) => (await rest(`GET /jobs/${number}`)).body;
    expect((await rest(`GET /datasets/_/eth/versions/${revision}/jobs`)).body).toEqual({
      jobs: [await one(second.number), await one(first.number)],
    });
  }
});

const BELOW = ["", "/manifest", "/jobs", "/deploy"] as const;
const lineOf = (path: string, below: string) => `${below === "/deploy" ? "POST" : "GET"} ${path}${below}`;

test.each(["eth/versions/9.9.9", `eth/versions/${UNKNOWN_HASH}`, "eth/versions/latest", "none/versions/dev"])(
  "/datasets/_/%s is not there",
  async (path) => {
    await register();
    const rest = await serve(database());
    for (const below of BELOW) {
      expect(await rest(lineOf(`/datasets/_/${path}`, below)), below).toEqual(refusal(404, "DATASET_NOT_FOUND"));
    }
  },
);

test("a hash of another dataset is no revision of this one", async () => {
  const hash = await register({ name: "other" });
  await register({ startBlock: 9 });
  const rest = await serve(database());
  expect(await rest(`GET /datasets/_/eth/versions/${hash}`)).toEqual(
    refusal(404, "DATASET_NOT_FOUND", `dataset '_/eth@${hash}' not found`),
  );
});

test("the versions of a dataset that is not there are refused", async () => {
  const rest = await serve(database());
  expect(await rest("GET /datasets/_/none/versions")).toEqual(
    refusal(404, "DATASET_NOT_FOUND", "dataset '_/none' not found"),
  );
});

test.each([
  "A/eth/versions/dev",
  "_/Eth/versions/dev",
  "_/eth/versions/1",
  "_/%zz/versions/dev",
  "_/a%2Fb/versions/dev",
])("the path /datasets/%s is refused", async (path) => {
  const rest = await serve(database());
  for (const below of BELOW) {
    expect(await rest(lineOf(`/datasets/${path}`, below)), below).toEqual(refusal(400, "INVALID_PATH"));
  }
});
