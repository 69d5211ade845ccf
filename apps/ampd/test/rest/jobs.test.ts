import { expect, test } from "vitest";
import { JOB_STATUSES } from "../../src/domain/job.ts";
import { makeJobIn, startJob, useDatabase } from "../store-fixtures.ts";
import { serve, wireTime } from "./rest-server.ts";

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

test("what an operator did over REST is in the log under this process and the request", async () => {
  const { job } = await startJob(database());
  const rest = await serve(database());
  await rest(`PUT /jobs/${job.number}/stop`);
  const event = await database().prisma.jobEvent.findFirst({ where: { type: "STOP_REQUESTED" } });
  expect(event).toMatchObject({ nodeId: "controller-7", requestId: "request-42" });
});
