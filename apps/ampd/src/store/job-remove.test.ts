import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import {
  ACTOR,
  claim,
  countJobs,
  deploy,
  eventTypes,
  liveFigures,
  makeDeployment,
  makeJobIn,
  publish,
  type RunningJob,
  readEverything,
  startJob,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { JobConflictError, VersionConflictError } from "../domain/errors.ts";
import { ACTIVE_STATUSES, ENDED_STATUSES, JOB_STATUSES } from "../domain/job.ts";
import { listEvents } from "./event.ts";
import { deployJob } from "./job-deploy.ts";
import { completeJob, handOver } from "./job-own.ts";
import { findJob, getJob } from "./job-read.ts";
import { type PruneRequest, pruneJobs, removeJob } from "./job-remove.ts";
import { reportLive } from "./live.ts";
import { listTables } from "./table.ts";

describe.each(DIALECTS)("a removal on %s", (dialect) => {
  const database = useDatabase(dialect);

  const remove = (number: bigint, expectedVersion?: number) =>
    removeJob(database(), { number, expectedVersion, reason: "tidy" }, ACTOR);

  test.each(ENDED_STATUSES)(
    "of a %s job takes the row, and keeps its events with one that says who",
    async (status) => {
      const { job } = await makeJobIn(database(), status);
      const before = await listEvents(database(), { job: job.number });
      expect(await remove(job.number, job.version)).toBe(true);
      expect(await findJob(database(), job.number)).toBeUndefined();
      const after = await listEvents(database(), { job: job.number });
      expect(after.slice(0, -1)).toEqual(before);
      expect(after.at(-1)).toMatchObject({
        type: "REMOVED",
        reason: "tidy",
        actor: "alice",
        nodeId: "controller-1",
        requestId: "request-1",
        detail: { status },
      });
    },
  );

  test.each(ACTIVE_STATUSES)("of a %s job is refused", async (status) => {
    const { job } = await makeJobIn(database(), status);
    const before = await readEverything(database());
    await expect(remove(job.number)).rejects.toThrow(JobConflictError);
    await expect(remove(job.number)).rejects.toThrow(`is ${status}`);
    expect(await readEverything(database())).toEqual(before);
  });

  test("of what is not there succeeds, also the second time", async () => {
    expect(await remove(999_999n)).toBe(false);
    const { job } = await makeJobIn(database(), "STOPPED");
    expect(await remove(job.number)).toBe(true);
    expect(await remove(job.number)).toBe(false);
    expect(await remove(job.number, 77)).toBe(false);
    expect((await eventTypes(database(), job.number)).filter((type) => type === "REMOVED")).toHaveLength(1);
  });

  test("sent twice at once removes once", async () => {
    const { job } = await makeJobIn(database(), "FAILED");
    const answers = await Promise.all([remove(job.number), remove(job.number), remove(job.number)]);
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  test("is refused when the caller saw another version", async () => {
    const { job } = await makeJobIn(database(), "COMPLETED");
    await expect(remove(job.number, job.version - 1)).rejects.toThrow(VersionConflictError);
    expect(await getJob(database(), job.number)).toEqual(job);
  });

  test("takes the live figures along, and leaves the tables", async () => {
    const { owner, job } = await startJob(database());
    await publish(database(), owner, { tables: await takeAll(database(), owner), span: { start: 0, end: 9 } });
    await reportLive(database(), owner, liveFigures());
    await completeJob(database(), owner, ACTOR);
    expect(await remove(owner.job)).toBe(true);
    expect(await database().prisma.jobLive.count()).toBe(0);
    expect(await listTables(database(), job)).toHaveLength(3);
    expect(await database().prisma.tableFile.count()).toBe(3);
  });
});

describe.each(DIALECTS)("a prune on %s", (dialect) => {
  const database = useDatabase(dialect);

  test("removes the ended jobs of the given statuses, counts them, and touches no other", async () => {
    const jobs = new Map<string, bigint>();
    for (const status of [...JOB_STATUSES, "STOPPED"] as const) {
      const { job } = await makeJobIn(database(), status);
      jobs.set(status, job.number);
    }
    // The one that makeJobIn completed on the way to a scheduled one is the second COMPLETED.
    const request = { statuses: ["STOPPED", "COMPLETED"] as const, dryRun: false, reason: "old" };
    const before = await countJobs(database(), {});
    expect(await pruneJobs(database(), { ...request, dryRun: true }, ACTOR)).toEqual({
      COMPLETED: 2,
      STOPPED: 2,
      FAILED: 0,
    });
    expect(await countJobs(database(), {})).toBe(before);
    expect(await pruneJobs(database(), request, ACTOR)).toEqual({ COMPLETED: 2, STOPPED: 2, FAILED: 0 });
    for (const status of [...ACTIVE_STATUSES, "FAILED"] as const) {
      expect(await getJob(database(), jobs.get(status) ?? 0n)).toMatchObject({ status });
    }
    expect(await countJobs(database(), {})).toBe(5);
    const last = (await listEvents(database(), { job: jobs.get("STOPPED") ?? 0n })).at(-1);
    expect(last).toMatchObject({ type: "REMOVED", reason: "old", actor: "alice", detail: { status: "STOPPED" } });
    expect(await pruneJobs(database(), request, ACTOR)).toEqual({ COMPLETED: 0, STOPPED: 0, FAILED: 0 });
  });

  test("of active statuses removes nothing", async () => {
    for (const status of ACTIVE_STATUSES) await makeJobIn(database(), status);
    await pruneJobs(database(), { statuses: ENDED_STATUSES, dryRun: false }, ACTOR);
    const before = await readEverything(database());
    const none = { COMPLETED: 0, STOPPED: 0, FAILED: 0 };
    expect(await pruneJobs(database(), { statuses: ACTIVE_STATUSES, dryRun: true }, ACTOR)).toEqual(none);
    expect(await pruneJobs(database(), { statuses: ACTIVE_STATUSES, dryRun: false }, ACTOR)).toEqual(none);
    expect(await readEverything(database())).toEqual(before);
  });

  const statuses = ENDED_STATUSES;
  const prune = (filter: Partial<PruneRequest>) => pruneJobs(database(), { statuses, dryRun: false, ...filter }, ACTOR);

  test.each([
    ["a dataset", ({ job }: RunningJob) => ({ dataset: job }), 1],
    ["a manifest of a dataset", ({ job }: RunningJob) => ({ dataset: job, manifestHash: job.manifestHash }), 1],
    ["another manifest", ({ job }: RunningJob) => ({ dataset: job, manifestHash: "0".repeat(64) }), 0],
    ["another dataset", () => ({ dataset: { namespace: "_", name: "other" } }), 0],
    ["another namespace", ({ job }: RunningJob) => ({ dataset: { ...job, namespace: "other" } }), 0],
    ["other statuses", ({ job }: RunningJob) => ({ dataset: job, statuses: ["FAILED"] as const }), 0],
  ])("of %s counts and removes what belongs to it", async (_, filterOf, removed) => {
    const jobs = [await makeJobIn(database(), "COMPLETED"), await makeJobIn(database(), "COMPLETED")] as const;
    const filter = filterOf(jobs[0]);
    expect(await prune({ ...filter, dryRun: true })).toMatchObject({ COMPLETED: removed });
    expect(await countJobs(database(), {})).toBe(2);
    expect(await prune(filter)).toEqual({ COMPLETED: removed, STOPPED: 0, FAILED: 0 });
    expect(await countJobs(database(), {})).toBe(2 - removed);
    expect(await getJob(database(), jobs[1].job.number)).toEqual(jobs[1].job);
  });

  test("of what ended before a time leaves what ended then, or later", async () => {
    const [before, then, after] = [
      (await makeJobIn(database(), "STOPPED")).job,
      (await makeJobIn(database(), "FAILED")).job,
      (await makeJobIn(database(), "STOPPED")).job,
    ];
    const endedBefore = new Date("2026-01-02T03:04:05.678Z");
    const end = (number: bigint, afterMs: number) =>
      database().prisma.job.update({ where: { number }, data: { endedAt: new Date(endedBefore.getTime() + afterMs) } });
    await end(before.number, -1);
    await end(then.number, 0);
    await end(after.number, 1);
    const counts = { COMPLETED: 0, STOPPED: 1, FAILED: 0 };
    expect(await prune({ endedBefore, dryRun: true })).toEqual(counts);
    expect(await prune({ endedBefore })).toEqual(counts);
    expect(await findJob(database(), before.number)).toBeUndefined();
    expect(await countJobs(database(), {})).toBe(2);
  });

  async function makeStopped(count: number): Promise<void> {
    const { name, manifestHash } = await makeDeployment(database());
    // The index allows one active job of a dataset, so they end one by one.
    await database().prisma.$executeRawUnsafe(`do $$ begin for i in 1..${count} loop
      insert into job (namespace, name, manifest_hash) values ('_', '${name}', '${manifestHash}');
      update job set status = 'STOPPED', version = 2 where status = 'SCHEDULED'; end loop; end $$`);
  }

  test("goes on after the first batch", async () => {
    await makeStopped(1_203);
    const { number } = await deploy(database());
    const counts = await pruneJobs(database(), { statuses: ENDED_STATUSES, dryRun: false }, ACTOR);
    expect(counts).toEqual({ COMPLETED: 0, STOPPED: 1_203, FAILED: 0 });
    expect(await countJobs(database(), {})).toBe(1);
    expect(await getJob(database(), number)).toMatchObject({ status: "SCHEDULED" });
    expect(await database().prisma.jobEvent.count({ where: { type: "REMOVED" } })).toBe(1_203);
  });

  test("beside another one removes each job once, and leaves none", async () => {
    await makeStopped(1_100);
    const request = { statuses: ENDED_STATUSES, dryRun: false };
    const counts = await Promise.all([1, 2, 3].map(() => pruneJobs(database(), request, ACTOR)));
    expect(counts.reduce((sum, { STOPPED }) => sum + STOPPED, 0)).toBe(1_100);
    expect(await database().prisma.jobEvent.count({ where: { type: "REMOVED" } })).toBe(1_100);
    expect(await countJobs(database(), {})).toBe(0);
  });

  test("never takes a job that is sent back to the queue meanwhile", async () => {
    const { owner, worker, job } = await startJob(database());
    await handOver(database(), owner, ACTOR);
    const { owner: next } = await claim(database(), worker);
    await Promise.all([
      handOver(database(), next, ACTOR),
      pruneJobs(database(), { statuses: ENDED_STATUSES, dryRun: false }, ACTOR),
    ]);
    expect(await getJob(database(), job.number)).toMatchObject({ status: "SCHEDULED" });
    expect(await deployJob(database(), job, ACTOR)).toMatchObject({ created: false });
  });
});
