import { expect, test } from "vitest";
import { JOB_STATUSES } from "../../src/domain/job.ts";
import { getJob } from "../../src/store/job-read.ts";
import { deploy, makeJobIn, startJob, useDatabase } from "../store-fixtures.ts";
import { refusal, serve, wireTime } from "./rest-server.ts";

const database = useDatabase("pglite");

test.each(JOB_STATUSES)("GET /jobs/{id} shows a job that is %s", async (status) => {
  const { job } = await makeJobIn(database(), status);
  const rest = await serve(database());
  expect(await rest(`GET /jobs/${job.number}`)).toMatchObject({
    status: 200,
    headers: { "content-type": "application/json" },
    body: {
      id: Number(job.number),
      created_at: wireTime(job.createdAt),
      updated_at: wireTime(job.updatedAt),
      node_id: job.nodeId ?? "",
      status,
      descriptor: {
        kind: "materialize-raw",
        end_block: null,
        max_writers: 1,
        dataset_namespace: "_",
        dataset_name: job.name,
        manifest_hash: job.manifestHash,
        verify: false,
      },
    },
  });
});

test("the fields of a job come in the order of the contract, without a space", async () => {
  const job = await deploy(database(), { endBlock: "-50", parallelism: 3, verify: true });
  const rest = await serve(database());
  const time = wireTime(job.createdAt);
  expect((await rest(`GET /jobs/${job.number}`)).text).toBe(
    `{"id":${job.number},"created_at":"${time}","updated_at":"${time}","node_id":"","status":"SCHEDULED",` +
      `"descriptor":{"kind":"materialize-raw","end_block":"-50","max_writers":3,"dataset_namespace":"_",` +
      `"dataset_name":"${job.name}","manifest_hash":"${job.manifestHash}","verify":true}}`,
  );
});

test("a job's node is the last one that claimed it, also when it has ended", async () => {
  const { job, worker } = await makeJobIn(database(), "COMPLETED");
  const rest = await serve(database());
  expect((await rest(`GET /jobs/${job.number}`)).body).toMatchObject({ node_id: worker.nodeId });
});

test("an id beyond 2^53 is exact in the path, the body and the cursor", async () => {
  const id = "9007199254740993";
  await database().prisma.$executeRaw`select setval(pg_get_serial_sequence('job', 'number'), 9007199254740993, false)`;
  await deploy(database());
  const rest = await serve(database());
  expect((await rest(`GET /jobs/${id}`)).text).toContain(`"id":${id},`);
  expect((await rest("GET /jobs")).text).toContain(`"next_cursor":${id}}`);
  expect((await rest(`GET /jobs?last_job_id=${id}`)).text).toBe('{"jobs":[]}');
  await database().prisma.$executeRaw`select setval(pg_get_serial_sequence('job', 'number'), 1, false)`;
});

test("HEAD answers as GET does, without the body", async () => {
  const job = await deploy(database());
  const rest = await serve(database());
  const { text } = await rest(`GET /jobs/${job.number}`);
  expect(await rest(`HEAD /jobs/${job.number}`)).toMatchObject({
    status: 200,
    headers: { "content-type": "application/json", "content-length": String(text.length) },
    text: "",
  });
});

test.each(["/jobs/999999", "/jobs/999999/progress", "/jobs/999999/events", "/jobs/999999/events/1"])(
  "GET %s of a job that is not there is refused in the words that clients compare",
  async (path) => {
    const rest = await serve(database());
    expect(await rest(`GET ${path}`)).toEqual(refusal(404, "JOB_NOT_FOUND", "job '999999' not found"));
  },
);

test.each(["abc", "0", "-1", "1.5", "9223372036854775808", "1e3", "%31%20", "%zz", "%ff", "9".repeat(200)])(
  "the job id %s is refused, whatever is asked of it",
  async (id) => {
    const rest = await serve(database());
    for (const line of [
      `GET /jobs/${id}`,
      `DELETE /jobs/${id}`,
      `PUT /jobs/${id}/stop`,
      `GET /jobs/${id}/progress`,
      `GET /jobs/${id}/events`,
      `GET /jobs/${id}/events/1`,
    ]) {
      expect(await rest(line), line).toEqual(refusal(400, "INVALID_JOB_ID"));
    }
  },
);

test("an id may be percent-encoded", async () => {
  const job = await deploy(database());
  const rest = await serve(database());
  const encoded = [...String(job.number)].map((digit) => `%3${digit}`).join("");
  expect((await rest(`GET /jobs/${encoded}`)).body).toMatchObject({ id: Number(job.number) });
});

test.each(JOB_STATUSES)("PUT /jobs/{id}/stop of a job that is %s answers 200 without a body", async (status) => {
  const { job } = await makeJobIn(database(), status);
  const rest = await serve(database());
  const reply = await rest(`PUT /jobs/${job.number}/stop`);
  expect(reply).toMatchObject({ status: 200, text: "", headers: { "content-length": "0" } });
  expect(reply.headers).not.toHaveProperty("content-type");
  const after = { SCHEDULED: "STOPPED", RUNNING: "STOP_REQUESTED" }[String(status)] ?? status;
  expect((await getJob(database(), job.number)).status).toBe(after);
});

test("a stop of a job that is not there is refused", async () => {
  const rest = await serve(database());
  expect(await rest("PUT /jobs/999999/stop")).toEqual(refusal(404, "JOB_NOT_FOUND", "job '999999' not found"));
});

test.each(["COMPLETED", "STOPPED", "FAILED"] as const)("DELETE /jobs/{id} removes a job that is %s", async (status) => {
  const { job } = await makeJobIn(database(), status);
  const rest = await serve(database());
  const reply = await rest(`DELETE /jobs/${job.number}`);
  expect(reply).toMatchObject({ status: 204, text: "" });
  expect(reply.headers).not.toHaveProperty("content-length");
  expect(await rest(`GET /jobs/${job.number}`)).toEqual(refusal(404, "JOB_NOT_FOUND"));
});

test("DELETE /jobs/{id} of a job that is not there succeeds", async () => {
  const rest = await serve(database());
  expect(await rest("DELETE /jobs/999999")).toMatchObject({ status: 204, text: "" });
});

test.each(["SCHEDULED", "RUNNING", "STOP_REQUESTED", "STOPPING"] as const)(
  "DELETE /jobs/{id} of a job that is %s is a conflict",
  async (status) => {
    const { job } = await makeJobIn(database(), status);
    const rest = await serve(database());
    expect(await rest(`DELETE /jobs/${job.number}`)).toEqual(
      refusal(409, "JOB_CONFLICT", expect.stringContaining(`job '${job.number}' is ${status}`)),
    );
  },
);

test("what an operator did over REST is in the log under this process and the request", async () => {
  const { job } = await startJob(database());
  const rest = await serve(database());
  await rest(`PUT /jobs/${job.number}/stop`);
  const event = await database().prisma.jobEvent.findFirst({ where: { type: "STOP_REQUESTED" } });
  expect(event).toMatchObject({ nodeId: "controller-7", requestId: "request-42" });
});
