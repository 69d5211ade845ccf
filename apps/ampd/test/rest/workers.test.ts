import { expect, test } from "vitest";
import { findWorker } from "../../src/store/worker.ts";
import { startWorker, useDatabase } from "../store-fixtures.ts";
import { refusal, serve, wireTime } from "./rest-server.ts";

const database = useDatabase("pglite");

test("GET /workers lists them by node id, each with its last heartbeat", async () => {
  for (const nodeId of ["w2", "w1"]) await startWorker(database(), nodeId);
  const rest = await serve(database());
  const heartbeat = async (nodeId: string) =>
    wireTime((await findWorker(database(), nodeId))?.heartbeatAt ?? new Date(0));
  expect((await rest("GET /workers")).body).toEqual({
    workers: [
      { node_id: "w1", heartbeat_at: await heartbeat("w1") },
      { node_id: "w2", heartbeat_at: await heartbeat("w2") },
    ],
  });
});

test("GET /workers without workers is an empty list", async () => {
  const rest = await serve(database());
  expect((await rest("GET /workers")).text).toBe('{"workers":[]}');
});

test("GET /workers/{id} shows one, and what is known of its build", async () => {
  await startWorker(database(), "w-1.example_a");
  const row = await findWorker(database(), "w-1.example_a");
  const rest = await serve(database());
  expect((await rest("GET /workers/w-1.example_a")).body).toEqual({
    node_id: "w-1.example_a",
    info: { version: "1.0.0", commit_sha: "unknown", commit_timestamp: "unknown", build_date: "unknown" },
    created_at: wireTime(row?.createdAt ?? new Date(0)),
    registered_at: wireTime(row?.registeredAt ?? new Date(0)),
    heartbeat_at: wireTime(row?.heartbeatAt ?? new Date(0)),
  });
});

test("a worker that is not there is refused", async () => {
  const rest = await serve(database());
  expect(await rest("GET /workers/w9")).toEqual(refusal(404, "WORKER_NOT_FOUND", "worker 'w9' not found"));
});

test.each(["w*", "a%20b", "%zz", "a%2Fb", "%00", "x".repeat(101)])("the worker id %s is refused", async (id) => {
  const rest = await serve(database());
  expect(await rest(`GET /workers/${id}`)).toEqual(refusal(400, "INVALID_WORKER_ID"));
});
