import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import {
  claim,
  deploy,
  eventTypes,
  expireLease,
  makeJobIn,
  publish,
  readEverything,
  startJob,
  startWorker,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { ENDED_STATUSES, OWNED_STATUSES } from "../domain/job.ts";
import { listEvents } from "./event.ts";
import { claimJobs } from "./job-own.ts";
import { getJob } from "./job-read.ts";
import { reapJobs } from "./reaper.ts";
import { progressOf } from "./table.ts";
import { signOffWorker } from "./worker.ts";

const REAPER = { nodeId: "controller-2", name: null, requestId: null };

describe.each(DIALECTS)("a reaper on %s", (dialect) => {
  const database = useDatabase(dialect);

  const reap = (maxAttempts = 10) => reapJobs(database(), { maxAttempts }, REAPER);
  const setFailures = (job: bigint, failures: number) =>
    database().prisma.$executeRaw`update job set failures = ${failures} where number = ${job}`;
  const passDeadline = (job: bigint) =>
    database().prisma.$executeRaw`update job set stop_deadline = now() - interval '1 second' where number = ${job}`;

  test("sends a running job whose lease is over back to the queue, and says why", async () => {
    const { owner, job, worker } = await startJob(database());
    await expireLease(database(), worker);
    const [reaped, ...others] = await reap();
    expect(others).toEqual([]);
    expect(reaped).toMatchObject({ number: owner.job, status: "SCHEDULED", version: job.version + 1, attempt: 1 });
    expect(reaped).toMatchObject({ failures: 1, incarnation: null, nextAttemptAt: null, nodeId: worker.nodeId });
    expect(reaped?.lastError).toMatchObject({
      code: "LEASE_EXPIRED",
      retryable: true,
      attempt: 1,
      fields: {},
      causes: [],
    });
    const events = await listEvents(database(), { job: owner.job });
    expect(events.map(({ type }) => type)).toEqual(["SCHEDULED", "RUNNING", "LEASE_EXPIRED", "SCHEDULED"]);
    expect(events.at(-1)).toMatchObject({ nodeId: "controller-2", actor: null });
  });

  test.each([
    ["signed off", signOffWorker],
    ["was replaced by a new process", (_: unknown, { nodeId }: { nodeId: string }) => startWorker(database(), nodeId)],
    ["vanished", () => database().prisma.worker.deleteMany()],
  ])("takes a job from a worker that %s", async (_, leave) => {
    const { owner, worker } = await startJob(database());
    await leave(database(), worker);
    expect(await reap()).toMatchObject([{ number: owner.job, status: "SCHEDULED" }]);
  });

  test("leaves jobs whose owner's lease lives, and those that nobody owns", async () => {
    for (const status of [...OWNED_STATUSES, ...ENDED_STATUSES] as const) await makeJobIn(database(), status);
    await deploy(database());
    const before = await readEverything(database());
    expect(await reap(1)).toEqual([]);
    expect(await readEverything(database())).toEqual(before);
  });

  test("leaves ended and scheduled jobs of a dead worker", async () => {
    for (const status of ENDED_STATUSES) {
      const { worker } = await makeJobIn(database(), status);
      await expireLease(database(), worker);
    }
    expect(await reap(1)).toEqual([]);
  });

  test("fails a job at its last attempt, so that a job that kills its worker does not kill them all", async () => {
    const { owner, worker } = await startJob(database());
    await setFailures(owner.job, 2);
    await expireLease(database(), worker);
    const [failed] = await reap(3);
    expect(failed).toMatchObject({ status: "FAILED", failures: 3, lastError: { code: "LEASE_EXPIRED" } });
    expect(failed?.endedAt).toEqual(failed?.updatedAt);
    const events = await listEvents(database(), { job: owner.job });
    expect(events.map(({ type }) => type)).toEqual(["SCHEDULED", "RUNNING", "LEASE_EXPIRED", "FAILED"]);
    expect(events.at(-1)?.detail).toEqual(failed?.lastError);
  });

  test("gives a job all of its attempts", async () => {
    const worker = await startWorker(database());
    const { number } = await deploy(database());
    const seen: string[] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await database().prisma.$executeRaw`update worker set lease_until = now() + interval '1 hour'`;
      await claim(database(), worker);
      await expireLease(database(), worker);
      seen.push((await reap(3))[0]?.status ?? "none");
    }
    expect(seen).toEqual(["SCHEDULED", "SCHEDULED", "FAILED"]);
    expect(await getJob(database(), number)).toMatchObject({ attempt: 3, failures: 3 });
  });

  test.each(["STOP_REQUESTED", "STOPPING"] as const)("ends a %s job whose lease is over as STOPPED", async (status) => {
    const { owner, worker } = await makeJobIn(database(), status);
    // A stop that was asked for ends as STOPPED, whatever the number of attempts.
    await setFailures(owner.job, 50);
    await expireLease(database(), worker);
    expect(await reap(3)).toMatchObject([{ number: owner.job, status: "STOPPED", incarnation: null }]);
    expect((await eventTypes(database(), owner.job)).slice(-2)).toEqual(["LEASE_EXPIRED", "STOPPED"]);
  });

  test.each(["STOP_REQUESTED", "STOPPING"] as const)(
    "ends a %s job past its deadline, although its owner lives",
    async (status) => {
      const { owner } = await makeJobIn(database(), status);
      await passDeadline(owner.job);
      expect(await reap()).toMatchObject([{ number: owner.job, status: "STOPPED" }]);
      expect((await eventTypes(database(), owner.job)).slice(-2)).toEqual(["STOP_OVERDUE", "STOPPED"]);
    },
  );

  test("ends a job for which both the lease and the deadline are over once", async () => {
    const { owner, worker } = await makeJobIn(database(), "STOPPING");
    await passDeadline(owner.job);
    await expireLease(database(), worker);
    expect(await reap()).toHaveLength(1);
    expect((await eventTypes(database(), owner.job)).filter((type) => type === "STOPPED")).toHaveLength(1);
  });

  test("freezes the tables of the jobs that it ends", async () => {
    const { owner, worker } = await startJob(database());
    await publish(database(), owner, {
      tables: await takeAll(database(), owner, ["logs"]),
      span: { start: 0, end: 9 },
    });
    await expireLease(database(), worker);
    const reaped = await reap(1);
    expect(reaped).toMatchObject([{ status: "FAILED" }]);
    expect((await progressOf(database(), reaped)).get(owner.job)).toMatchObject([{ table: "logs", currentBlock: 9n }]);
  });

  test("beside others moves each job once", async () => {
    const worker = await startWorker(database());
    for (let index = 0; index < 30; index += 1) await deploy(database());
    const claimed = await claimJobs(database(), { ...worker, limit: 30 });
    expect(claimed).toHaveLength(30);
    await expireLease(database(), worker);
    const moved = (await Promise.all([reap(), reap(), reap(), reap()])).flat();
    expect(new Set(moved.map(({ number }) => number)).size).toBe(30);
    expect(moved).toHaveLength(30);
    expect(await database().prisma.jobEvent.count({ where: { type: "LEASE_EXPIRED" } })).toBe(30);
    expect(await database().prisma.job.count({ where: { status: "SCHEDULED", version: 3, failures: 1 } })).toBe(30);
  });
});
