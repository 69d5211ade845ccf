import { expect, test } from "vitest";
import { listEvents } from "../../src/store/event.ts";
import { completeJob, failJob, handOver, scheduleRetry } from "../../src/store/job-own.ts";
import { reapJobs } from "../../src/store/reaper.ts";
import {
  ACTOR,
  deploy,
  expireLease,
  FAILURE,
  makeJobIn,
  publish,
  startJob,
  takeAll,
  useDatabase,
} from "../store-fixtures.ts";
import { type Client, refusal, serve, wireTime } from "./rest-server.ts";

const database = useDatabase("pglite");

test("progress has no tables before anything is written", async () => {
  const job = await deploy(database());
  const rest = await serve(database());
  expect((await rest(`GET /jobs/${job.number}/progress`)).text).toBe(
    `{"job_id":${job.number},"job_status":"SCHEDULED","tables":{}}`,
  );
});

test("progress has the bounds and sums of each table", async () => {
  const { owner } = await startJob(database());
  const tables = await takeAll(database(), owner, ["blocks", "logs"]);
  await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
  await publish(database(), owner, { tables, span: { start: 10, end: 19 } });
  const rest = await serve(database());
  const table = '{"current_block":19,"start_block":0,"files_count":2,"total_size_bytes":2028}';
  expect((await rest(`GET /jobs/${owner.job}/progress`)).text).toBe(
    `{"job_id":${owner.job},"job_status":"RUNNING","tables":{"blocks":${table},"logs":${table}}}`,
  );
});

test("the blocks of a table whose first range is missing are null, and the keys are there", async () => {
  const { owner } = await startJob(database());
  const tables = await takeAll(database(), owner, ["blocks"]);
  await publish(database(), owner, { tables, span: { start: 5, end: 9 } });
  const rest = await serve(database());
  expect((await rest(`GET /jobs/${owner.job}/progress`)).body).toMatchObject({
    tables: { blocks: { current_block: null, start_block: null, files_count: 0, total_size_bytes: 0 } },
  });
});

test("progress of a job that FAILED says why, with the chain of causes in words", async () => {
  const { owner, job } = await startJob(database());
  const causes = ["endpoint http://one answered 502", "fetch failed", "ECONNRESET"];
  await failJob(database(), owner, ACTOR, { ...FAILURE, attempt: 3, causes });
  const rest = await serve(database());
  expect((await rest(`GET /jobs/${owner.job}/progress`)).body).toEqual({
    job_id: Number(owner.job),
    job_status: "FAILED",
    tables: {},
    detail: {
      error_code: "ENDPOINT_FAILING",
      error_message: "endpoint http://one answered 502",
      error_context: {
        attempt_index: 3,
        dataset: `_/${job.name}`,
        manifest_hash: job.manifestHash,
        block_range_start: 10,
        block_range_end: 10,
        stack_trace: "endpoint http://one answered 502\nfetch failed\nECONNRESET",
      },
    },
  });
});

test("progress of a job that waits for another attempt has no detail", async () => {
  const { owner } = await startJob(database());
  await scheduleRetry(database(), owner, { actor: ACTOR, failure: FAILURE, delayMs: 60_000, counted: true });
  const rest = await serve(database());
  expect((await rest(`GET /jobs/${owner.job}/progress`)).body).not.toHaveProperty("detail");
});

async function eventsOf(rest: Client, job: bigint): Promise<{ id: number; event_type: string }[]> {
  const { body } = await rest(`GET /jobs/${job}/events`);
  // The reply was held against the documented schema.
  return (body as { events: { id: number; event_type: string }[] }).events;
}

test("events are those of the status, oldest first, each with the process that acted", async () => {
  const { owner, job, worker } = await startJob(database());
  await handOver(database(), owner, { ...ACTOR, nodeId: worker.nodeId });
  const rest = await serve(database());
  await rest(`PUT /jobs/${job.number}/stop`);
  const log = await listEvents(database(), { job: job.number });
  const shown = log.filter(({ type }) => type !== "HANDED_OVER");
  expect(log).toHaveLength(5);
  expect((await rest(`GET /jobs/${job.number}/events`)).body).toEqual({
    job_id: Number(job.number),
    events: [
      [0, "SCHEDULED", "controller-1"],
      [1, "RUNNING", worker.nodeId],
      [2, "SCHEDULED", worker.nodeId],
      [3, "STOPPED", "controller-7"],
    ].map(([index, type, nodeId]) => ({
      id: Number(shown[Number(index)]?.sequence),
      created_at: wireTime(shown[Number(index)]?.time ?? new Date(0)),
      node_id: nodeId,
      event_type: type,
    })),
  });
});

test("every SCHEDULED event carries the descriptor, in the order of the contract", async () => {
  const { owner, job } = await startJob(database(), { endBlock: "100" });
  await scheduleRetry(database(), owner, { actor: ACTOR, failure: FAILURE, delayMs: 0, counted: true });
  const rest = await serve(database());
  const scheduled = (await eventsOf(rest, owner.job)).filter((event) => event.event_type === "SCHEDULED");
  expect(scheduled).toHaveLength(2);
  for (const { id } of scheduled) {
    const { text, body } = await rest(`GET /jobs/${owner.job}/events/${id}`);
    expect(body).toMatchObject({ job_id: Number(owner.job), id, event_type: "SCHEDULED" });
    expect(text).toContain(
      `"detail":{"kind":"materialize-raw","end_block":"100","max_writers":1,"dataset_namespace":"_",` +
        `"dataset_name":"${job.name}","manifest_hash":"${job.manifestHash}","verify":false}}`,
    );
  }
});

test("a FAILED event carries the error, in the form that progress has it", async () => {
  const { job } = await makeJobIn(database(), "FAILED");
  const rest = await serve(database());
  const last = (await eventsOf(rest, job.number)).at(-1);
  const { body } = await rest(`GET /jobs/${job.number}/events/${last?.id}`);
  const progress = await rest(`GET /jobs/${job.number}/progress`);
  expect(body).toMatchObject({ event_type: "FAILED", detail: (progress.body as { detail: unknown }).detail });
});

test("a FAILED event of the reaper, which knows of no block, has the same form", async () => {
  const { owner, worker, job } = await startJob(database());
  await expireLease(database(), worker);
  await reapJobs(database(), { maxAttempts: 1 }, ACTOR);
  const rest = await serve(database());
  const last = (await eventsOf(rest, owner.job)).at(-1);
  expect((await rest(`GET /jobs/${owner.job}/events/${last?.id}`)).body).toMatchObject({
    event_type: "FAILED",
    detail: {
      error_code: "LEASE_EXPIRED",
      error_context: {
        attempt_index: 1,
        manifest_hash: job.manifestHash,
        block_range_start: null,
        block_range_end: null,
      },
    },
  });
});

test("an event without a detail has no such key", async () => {
  const { owner } = await startJob(database());
  await completeJob(database(), owner, ACTOR);
  const rest = await serve(database());
  for (const { id } of (await eventsOf(rest, owner.job)).filter((event) => event.event_type !== "SCHEDULED")) {
    expect((await rest(`GET /jobs/${owner.job}/events/${id}`)).body).not.toHaveProperty("detail");
  }
});

test("an event that is not there, or is another job's, is refused", async () => {
  const one = await deploy(database());
  const other = await deploy(database());
  const rest = await serve(database());
  const [event] = await eventsOf(rest, other.number);
  for (const id of [event?.id, 999_999]) {
    expect(await rest(`GET /jobs/${one.number}/events/${id}`)).toEqual(
      refusal(404, "EVENT_NOT_FOUND", `event '${id}' of job '${one.number}' not found`),
    );
  }
});

test.each(["abc", "0", "-1", "9223372036854775808", "%zz"])("the event id %s is refused", async (id) => {
  const rest = await serve(database());
  expect(await rest(`GET /jobs/1/events/${id}`)).toEqual(refusal(400, "INVALID_PATH"));
});
