import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { ACTOR, FAILURE, makeDeployment, makeJobIn, startWorker, useDatabase } from "../../test/store-fixtures.ts";
import {
  ActiveJobConflictError,
  DatasetNotFoundError,
  JobConflictError,
  JobStoppingError,
  VersionConflictError,
} from "../domain/errors.ts";
import { ENDED_STATUSES } from "../domain/job.ts";
import { listEvents } from "./event.ts";
import { type Deployment, deployJob, retryJob } from "./job-deploy.ts";
import { claimJobs, scheduleRetry } from "./job-own.ts";

describe.each(DIALECTS)("a deploy on %s", (dialect) => {
  const database = useDatabase(dialect);

  const again = (job: Deployment) => deployJob(database(), job, ACTOR);

  test("makes a scheduled job that nobody owns, with one event that says who asked", async () => {
    const deployment = await makeDeployment(database(), { endBlock: "100", parallelism: 3, nodeSelector: "eu-*" });
    const { job, created } = await again(deployment);
    expect(created).toBe(true);
    expect(job).toMatchObject({ ...deployment, status: "SCHEDULED", version: 1, attempt: 0, failures: 0 });
    expect(job).toMatchObject({ nodeId: null, incarnation: null, startedAt: null, endedAt: null, finalTables: null });
    expect(job.updatedAt).toEqual(job.createdAt);
    const events = await listEvents(database(), { job: job.number });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: "SCHEDULED",
      nodeId: "controller-1",
      actor: "alice",
      requestId: "request-1",
    });
  });

  test.each([null, "latest", "0", "-5"])(
    "with the end block %s, sent twice, returns the same job",
    async (endBlock) => {
      const deployment = await makeDeployment(database(), { endBlock, nodeSelector: "worker-1" });
      const { job } = await again(deployment);
      expect(await again(deployment)).toEqual({ job, created: false });
      expect(await listEvents(database(), { job: job.number })).toHaveLength(1);
    },
  );

  test("equal to a running job returns it", async () => {
    const deployment = await makeDeployment(database());
    await again(deployment);
    const [job] = await claimJobs(database(), { ...(await startWorker(database())), limit: 1 });
    expect(await again(deployment)).toEqual({ job, created: false });
  });

  test.each([
    { endBlock: "100" },
    { endBlock: null },
    { parallelism: 2 },
    { verify: true },
    { nodeSelector: "worker-1" },
    { nodeSelector: null },
  ])("that differs by %j from the active job is refused, and names that job", async (difference) => {
    const deployment = await makeDeployment(database(), { endBlock: "99", nodeSelector: "worker-2" });
    const { job } = await again(deployment);
    const refusal = again({ ...deployment, ...difference });
    await expect(refusal).rejects.toThrow(ActiveJobConflictError);
    await expect(refusal).rejects.toMatchObject({ fields: { job: String(job.number) } });
    expect(await database().prisma.job.count()).toBe(1);
  });

  test.each(["STOP_REQUESTED", "STOPPING"] as const)("is refused while the job is %s, equal or not", async (status) => {
    const { job } = await makeJobIn(database(), status);
    await expect(again(job)).rejects.toThrow(JobStoppingError);
    await expect(again({ ...job, parallelism: 9 })).rejects.toThrow(JobStoppingError);
    expect(await database().prisma.job.count()).toBe(1);
  });

  test.each(ENDED_STATUSES)("after a job that is %s makes a new one with a higher number", async (status) => {
    const { job: before } = await makeJobIn(database(), status);
    const { job, created } = await again(before);
    expect(created).toBe(true);
    expect(job.number).toBeGreaterThan(before.number);
    expect(job).toMatchObject({ status: "SCHEDULED", version: 1, attempt: 0, lastError: null });
  });

  test("of another dataset with the same manifest makes its own job", async () => {
    const one = await makeDeployment(database());
    const other = await makeDeployment(database());
    expect(other.manifestHash).toBe(one.manifestHash);
    await again(one);
    expect(await again(other)).toMatchObject({ created: true });
  });

  test.each([2, 20])("sent %i times at once makes one job and one event", async (times) => {
    const deployment = await makeDeployment(database());
    const answers = await Promise.all(Array.from({ length: times }, () => again(deployment)));
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(answers.map(({ job }) => job.number)).size).toBe(1);
    expect(await database().prisma.job.count()).toBe(1);
    expect(await listEvents(database(), { job: answers[0]?.job.number ?? 0n })).toHaveLength(1);
  });

  test("with a parallelism below 1 is refused by the database itself", async () => {
    const deployment = await makeDeployment(database(), { parallelism: 0 });
    await expect(again(deployment)).rejects.toThrow("job_parallelism_positive");
  });

  test("again, of an ended job, is refused when the caller saw another version", async () => {
    const { job } = await makeJobIn(database(), "FAILED");
    const { number, version } = job;
    const retry = (expectedVersion: number) => retryJob(database(), { number, expectedVersion }, ACTOR);
    await expect(retry(version + 1)).rejects.toThrow(VersionConflictError);
    await expect(retry(version + 1)).rejects.toThrow(`job '${number}' has version ${version}, not ${version + 1}`);
    expect(await database().prisma.job.count()).toBe(1);
    expect(await retry(version)).toMatchObject({ created: true, job: { retryOf: number, status: "SCHEDULED" } });
  });

  test.each(["SCHEDULED", "RUNNING", "STOPPING"] as const)("again, of a job that is %s, is refused", async (status) => {
    const { job } = await makeJobIn(database(), status);
    await expect(retryJob(database(), job, ACTOR)).rejects.toThrow(`job '${job.number}' is ${status}`);
  });

  test.each([{ name: "nobody_knows" }, { manifestHash: "0".repeat(64) }])(
    "of what nobody registered (%j) is refused as a dataset that is not there",
    async (changes) => {
      const deployment = { ...(await makeDeployment(database())), ...changes };
      const refusal = again(deployment);
      await expect(refusal).rejects.toThrow(DatasetNotFoundError);
      await expect(refusal).rejects.toThrow(`'_/${deployment.name}@${deployment.manifestHash}'`);
      expect(await database().prisma.job.count()).toBe(0);
    },
  );

  test("that always finds an active job, and then none, gives up in words that say so", async () => {
    const deployment = await makeDeployment(database());
    // A job comes and goes between any two statements: the insert meets it, and the look afterwards does not.
    const prisma = new Proxy(database().prisma, {
      get: (target, name) => (name === "$queryRaw" ? async () => [] : Reflect.get(target, name, target)),
    });
    const flickering = { ...database(), prisma };
    const refusal = deployJob(flickering, deployment, ACTOR);
    await expect(refusal).rejects.toThrow(JobConflictError);
    await expect(refusal).rejects.toThrow(`dataset '_/${deployment.name}' changes too fast to be deployed: try again`);
  });

  test("is described in every SCHEDULED event, also in that of a retry", async () => {
    const deployment = await makeDeployment(database(), { endBlock: "-50", parallelism: 2, verify: true });
    const { job } = await again(deployment);
    const worker = await startWorker(database());
    await claimJobs(database(), { ...worker, limit: 1 });
    const owner = { job: job.number, attempt: 1, incarnation: worker.incarnation };
    await scheduleRetry(database(), owner, { actor: ACTOR, failure: FAILURE, delayMs: 0, counted: true });
    const events = await listEvents(database(), { job: job.number, types: ["SCHEDULED"] });
    expect(events).toHaveLength(2);
    for (const { detail } of events) {
      expect(detail).toEqual({
        kind: "materialize-raw",
        end_block: "-50",
        max_writers: 2,
        dataset_namespace: "_",
        dataset_name: deployment.name,
        manifest_hash: deployment.manifestHash,
        verify: true,
      });
    }
  });
});
