import { expect, test } from "vitest";
import { registerDataset } from "../../src/store/dataset.ts";
import { getJob } from "../../src/store/job-read.ts";
import { useDatabase } from "../store-fixtures.ts";
import { type Client, type Reply, serve } from "./rest-server.ts";

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

test.each([undefined, "{}", '{"end_block":null,"parallelism":null,"worker_id":null,"verify":null}'])(
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
