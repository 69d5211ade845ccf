import { expect, test } from "vitest";
import { registerDataset } from "../../src/store/dataset.ts";
import { getJob } from "../../src/store/job-read.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { ACTOR, startJob, useDatabase } from "../store-fixtures.ts";
import { type Client, type Reply, refusal, serve } from "./rest-server.ts";

const database = useDatabase("pglite");
const DEPLOY = "POST /datasets/_/eth/versions/dev/deploy";

async function serveDataset(): Promise<Client> {
  const content = { kind: "evm-rpc", network: "anvil" };
  await registerDataset(database(), { namespace: "_", name: "eth", manifest: { content } });
  return serve(database());
}

function jobOf({ status, text }: Reply): bigint {
  expect(status).toBe(202);
  return BigInt(/^\{"job_id":(\d+)\}$/.exec(text)?.[1] ?? -1);
}

test.each([undefined, "{}", '{"end_block":null,"parallelism":null,"worker_id":null,"verify":null,"other":1}'])(
  "a deploy with the body %s makes a job with the usual settings",
  async (body) => {
    const rest = await serveDataset();
    const number = jobOf(await rest(DEPLOY, body === undefined ? {} : { body }));
    expect(await getJob(database(), number)).toMatchObject({
      status: "SCHEDULED",
      endBlock: null,
      parallelism: 1,
      verify: false,
      nodeSelector: null,
    });
  },
);

test("every setting of a deploy reaches the job", async () => {
  const rest = await serveDataset();
  const body = JSON.stringify({ end_block: "-50", parallelism: 4, worker_id: "eu-*", verify: true });
  expect(await getJob(database(), jobOf(await rest(DEPLOY, { body })))).toMatchObject({
    endBlock: "-50",
    parallelism: 4,
    verify: true,
    nodeSelector: "eu-*",
  });
});

test.each([
  ['"latest"', "latest"],
  ['"100"', "100"],
  ["100", "100"],
  ["-50", "-50"],
  ["0", "0"],
  ["9007199254740993", "9007199254740993"],
  ["9223372036854775807", "9223372036854775807"],
])("the end block %s is exact", async (given, kept) => {
  const rest = await serveDataset();
  const number = jobOf(await rest(DEPLOY, { body: `{"end_block":${given}}` }));
  expect((await getJob(database(), number)).endBlock).toBe(kept);
  expect((await rest(`GET /jobs/${number}`)).body).toMatchObject({ descriptor: { end_block: kept } });
});

test("an equal deploy returns the job that is active", async () => {
  const rest = await serveDataset();
  const number = jobOf(await rest(DEPLOY, { body: '{"end_block":"100"}' }));
  expect(jobOf(await rest(DEPLOY, { body: '{"end_block":100}' }))).toBe(number);
});

test("a deploy with other settings is refused while a job is active", async () => {
  const rest = await serveDataset();
  await rest(DEPLOY);
  expect(await rest(DEPLOY, { body: '{"end_block":"100"}' })).toEqual(refusal(409, "ACTIVE_JOB_CONFLICT"));
});

test("a deploy is refused while a job stops, and makes a new job when it has ended", async () => {
  const { job } = await startJob(database());
  await stopJob(database(), { number: job.number, deadlineMs: 60_000 }, ACTOR);
  const rest = await serve(database());
  const line = `POST /datasets/_/${job.name}/versions/dev/deploy`;
  expect(await rest(line)).toEqual(
    refusal(409, "ACTIVE_JOB_CONFLICT", expect.stringContaining(`job '${job.number}' of dataset`)),
  );
  await serveDataset();
  const first = jobOf(await rest(DEPLOY));
  await rest(`PUT /jobs/${first}/stop`);
  expect(jobOf(await rest(DEPLOY))).toBeGreaterThan(first);
});

test.each([
  "{",
  "null",
  "[]",
  '{"end_block":"soon"}',
  '{"end_block":1.5}',
  '{"end_block":true}',
  '{"end_block":9223372036854775808}',
  '{"parallelism":0}',
  '{"parallelism":-1}',
  '{"parallelism":1.5}',
  '{"parallelism":4294967296}',
  '{"parallelism":"4"}',
  '{"worker_id":"a b"}',
  '{"worker_id":7}',
  '{"verify":"yes"}',
  '{"worker_id":"\\u0000"}',
])("a deploy with the body %s is refused", async (body) => {
  const rest = await serveDataset();
  expect(await rest(DEPLOY, { body })).toEqual(refusal(400, "INVALID_BODY"));
  expect(await database().prisma.job.count()).toBe(0);
});

test("a deploy that is sent again with its Idempotency-Key answers with its job, also when that is removed", async () => {
  const rest = await serveDataset();
  const asked = { headers: { "idempotency-key": '"a b"' }, body: '{"end_block":"100"}' };
  const number = jobOf(await rest(DEPLOY, asked));
  const content = { kind: "evm-rpc", network: "anvil", start_block: 7 };
  await registerDataset(database(), { namespace: "_", name: "eth", manifest: { content } });
  expect(jobOf(await rest(DEPLOY, { ...asked, body: '{"end_block":100,"parallelism":1}' }))).toBe(number);
  await rest(`PUT /jobs/${number}/stop`);
  expect((await rest(`DELETE /jobs/${number}`)).status).toBe(204);
  expect(jobOf(await rest(DEPLOY, asked))).toBe(number);
  expect(jobOf(await rest(DEPLOY, { ...asked, headers: { "idempotency-key": "another" } }))).toBeGreaterThan(number);
});

test("an Idempotency-Key that comes back with other input is refused", async () => {
  const rest = await serveDataset();
  const headers = { "idempotency-key": "k" };
  await rest(DEPLOY, { headers });
  expect(await rest(DEPLOY, { headers, body: '{"verify":true}' })).toEqual(
    refusal(409, "IDEMPOTENCY_CONFLICT", "idempotency key 'k' was used for another deploy"),
  );
});

test.each(["", "a".repeat(256), "\u00fc"])("the Idempotency-Key %j is refused, and named", async (key) => {
  const rest = await serveDataset();
  expect(await rest(DEPLOY, { headers: { "idempotency-key": key } })).toEqual(
    refusal(400, "INVALID_BODY", expect.stringContaining("idempotency key ")),
  );
  expect(await database().prisma.job.count()).toBe(0);
});
