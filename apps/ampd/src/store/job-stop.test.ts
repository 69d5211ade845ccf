import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import {
  ACTOR,
  deploy,
  eventTypes,
  FAILURE,
  makeJobIn,
  readEverything,
  startJob,
  startWorker,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { JobNotFoundError, VersionConflictError } from "../domain/errors.ts";
import { ENDED_STATUSES, JOB_STATUSES } from "../domain/job.ts";
import { listEvents } from "./event.ts";
import { claimJobs, scheduleRetry } from "./job-own.ts";
import { getJob } from "./job-read.ts";
import { stopJob } from "./job-stop.ts";

describe.each(DIALECTS)("a stop on %s", (dialect) => {
  const database = useDatabase(dialect);

  const stop = (number: bigint, expectedVersion?: number) =>
    stopJob(database(), { number, expectedVersion, deadlineMs: 60_000, reason: "maintenance" }, ACTOR);

  test("ends a scheduled job at once", async () => {
    const { number } = await deploy(database());
    const { job, changed } = await stop(number);
    expect(changed).toBe(true);
    expect(job).toMatchObject({ status: "STOPPED", version: 2, finalTables: [] });
    expect(job.endedAt).toEqual(job.updatedAt);
    const last = (await listEvents(database(), { job: number })).at(-1);
    expect(last).toMatchObject({ type: "STOPPED", reason: "maintenance", actor: "alice", nodeId: "controller-1" });
    expect(await claimJobs(database(), { ...(await startWorker(database())), limit: 1 })).toEqual([]);
  });

  test("ends a job that waits for a retry, and keeps why it failed", async () => {
    const { owner } = await startJob(database());
    await scheduleRetry(database(), owner, { actor: ACTOR, failure: FAILURE, delayMs: 3_600_000, counted: true });
    const { job } = await stop(owner.job);
    expect(job).toMatchObject({ status: "STOPPED", nextAttemptAt: null, lastError: FAILURE });
  });

  test("asks the owner of a running job, and sets a deadline", async () => {
    const { owner } = await startJob(database());
    const { job, changed } = await stop(owner.job);
    expect(changed).toBe(true);
    expect(job).toMatchObject({ status: "STOP_REQUESTED", version: 3, incarnation: owner.incarnation, endedAt: null });
    expect(job.stopRequestedAt).toEqual(job.updatedAt);
    expect(job.stopDeadline?.getTime()).toBe(job.updatedAt.getTime() + 60_000);
    expect(await eventTypes(database(), owner.job)).toEqual(["SCHEDULED", "RUNNING", "STOP_REQUESTED"]);
  });

  test.each([...ENDED_STATUSES, "STOP_REQUESTED", "STOPPING"] as const)("leaves a %s job as it is", async (status) => {
    const { job } = await makeJobIn(database(), status);
    const before = await readEverything(database());
    expect(await stop(job.number)).toEqual({ job, changed: false });
    expect(await stop(job.number, job.version)).toEqual({ job, changed: false });
    expect(await readEverything(database())).toEqual(before);
  });

  test.each(JOB_STATUSES)("of a %s job is refused when the caller saw another version", async (status) => {
    const { job } = await makeJobIn(database(), status);
    const before = await readEverything(database());
    for (const expected of [job.version - 1, job.version + 1]) {
      const refusal = stop(job.number, expected);
      await expect(refusal).rejects.toThrow(VersionConflictError);
      await expect(refusal).rejects.toMatchObject({ fields: { expected, actual: job.version } });
    }
    expect(await readEverything(database())).toEqual(before);
  });

  test.each(["SCHEDULED", "RUNNING"] as const)("of a %s job succeeds with the version it has", async (status) => {
    const { job } = await makeJobIn(database(), status);
    expect(await stop(job.number, job.version)).toMatchObject({ changed: true, job: { version: job.version + 1 } });
  });

  test("of a job that does not exist is refused", async () => {
    await expect(stop(999_999n)).rejects.toThrow(JobNotFoundError);
    await expect(stop(999_999n, 1)).rejects.toThrow("job '999999' not found");
  });

  test("sent many times at once changes the job once", async () => {
    const { owner } = await startJob(database());
    const answers = await Promise.all(Array.from({ length: 10 }, () => stop(owner.job)));
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await eventTypes(database(), owner.job)).toEqual(["SCHEDULED", "RUNNING", "STOP_REQUESTED"]);
  });

  test("that races a claim is never lost", async () => {
    const worker = await startWorker(database());
    for (let round = 0; round < 10; round += 1) {
      const { number } = await deploy(database());
      const [answer, claimed] = await Promise.all([stop(number), claimJobs(database(), { ...worker, limit: 1 })]);
      expect(answer.changed).toBe(true);
      const expected = claimed.length === 1 ? "STOP_REQUESTED" : "STOPPED";
      expect(await getJob(database(), number)).toMatchObject({ status: expected });
    }
  });
});
