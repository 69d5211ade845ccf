import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { writeManyJobs } from "../../test/many-jobs.ts";
import { ACTOR, deploy, makeJobIn, readEverything, startJob, useDatabase } from "../../test/store-fixtures.ts";
import { InvalidArgumentError, PlanExpiredError, PlanNotFoundError } from "../domain/errors.ts";
import { JOB_STATUSES, type JobAction, type JobStatus } from "../domain/job.ts";
import { deployJob } from "./job-deploy.ts";
import type { JobFilter } from "./job-filter.ts";
import { completeJob } from "./job-own.ts";
import { type PlannedJobs, planJobs, requirePlan } from "./job-plan.ts";
import type { JobRow } from "./job-row.ts";
import { stopJob } from "./job-stop.ts";

const MINUTE_MS = 60_000;

const numbersOf = (jobs: readonly JobRow[]) => jobs.map(({ number }) => number);
const skippedOf = ({ skipped }: PlannedJobs) =>
  Object.fromEntries(skipped.map(({ reason, count, sample }) => [reason, { count, sample: numbersOf(sample) }]));

describe.each(DIALECTS)("a plan on %s", (dialect) => {
  const database = useDatabase(dialect);

  const plan = (action: JobAction, filter: JobFilter = {}) =>
    planJobs(database(), { action, filter, reason: "moving house" }, ACTOR);

  /** One job in every status, each of its own tables. */
  async function makeOneOfEach(): Promise<Record<JobStatus, bigint>> {
    const numbers = new Map<JobStatus, bigint>();
    for (const status of JOB_STATUSES.toReversed()) {
      const { job } = await makeJobIn(database(), status);
      numbers.set(status, job.number);
    }
    // What SCHEDULED is made with beside its job is no job of the test.
    const { prisma } = database();
    await prisma.$executeRaw`delete from job where not number = any (${[...numbers.values()]}::bigint[])`;
    // Every status is a key.
    return Object.fromEntries(numbers) as Record<JobStatus, bigint>;
  }

  test("to stop takes what waits or runs, and says of the rest that it ended or stops already", async () => {
    const job = await makeOneOfEach();
    const planned = await plan("STOP");
    expect(planned).toMatchObject({ action: "STOP", total: 2 });
    expect(planned.byStatus).toEqual(
      new Map([
        ["SCHEDULED", 1],
        ["RUNNING", 1],
      ]),
    );
    expect(numbersOf(planned.sample)).toEqual([job.RUNNING, job.SCHEDULED]);
    expect(skippedOf(planned)).toEqual({
      ALREADY_ENDED: { count: 3, sample: [job.FAILED, job.STOPPED, job.COMPLETED] },
      ALREADY_STOPPING: { count: 2, sample: [job.STOPPING, job.STOP_REQUESTED] },
    });
  });

  test.each(["REMOVE", "RETRY"] as const)(
    "to %s takes what ended, and says of the rest that it did not",
    async (action) => {
      const job = await makeOneOfEach();
      const planned = await plan(action);
      expect(planned).toMatchObject({ action, total: 3 });
      expect(planned.byStatus).toEqual(
        new Map([
          ["COMPLETED", 1],
          ["STOPPED", 1],
          ["FAILED", 1],
        ]),
      );
      expect(numbersOf(planned.sample)).toEqual([job.FAILED, job.STOPPED, job.COMPLETED]);
      expect(skippedOf(planned)).toEqual({
        NOT_ENDED: { count: 4, sample: [job.STOPPING, job.STOP_REQUESTED, job.RUNNING, job.SCHEDULED] },
      });
    },
  );

  test("to run jobs again takes the newest of the same tables, and none where one is active", async () => {
    const first = await startJob(database());
    await completeJob(database(), first.owner, ACTOR);
    const { job: second } = await deployJob(database(), first.job, ACTOR);
    await stopJob(database(), { number: second.number, deadlineMs: 1 }, ACTOR);
    const other = await makeJobIn(database(), "FAILED");
    const planned = await plan("RETRY");
    expect(numbersOf(planned.sample)).toEqual([second.number, other.job.number]);
    expect(skippedOf(planned)).toEqual({ NEWER_JOB: { count: 1, sample: [first.job.number] } });

    const { job: third } = await deployJob(database(), first.job, ACTOR);
    const again = await plan("RETRY", { statuses: ["COMPLETED", "STOPPED", "FAILED"] });
    expect(numbersOf(again.sample)).toEqual([other.job.number]);
    expect(skippedOf(again)).toEqual({ NEWER_JOB: { count: 2, sample: [first.job.number, second.number] } });
    expect(third.status).toBe("SCHEDULED");
  });

  test("takes only what the filter selects", async () => {
    const job = await makeOneOfEach();
    const planned = await plan("REMOVE", { statuses: ["FAILED", "RUNNING"] });
    expect(planned.total).toBe(1);
    expect(numbersOf(planned.sample)).toEqual([job.FAILED]);
    expect(skippedOf(planned)).toEqual({ NOT_ENDED: { count: 1, sample: [job.RUNNING] } });
  });

  test("of nothing is a plan as well", async () => {
    const planned = await plan("STOP", { nodeId: "nobody" });
    expect(planned).toMatchObject({ total: 0, sample: [], skipped: [] });
    expect(planned.byStatus).toEqual(new Map());
    expect(await requirePlan(database(), planned.token, ACTOR)).toMatchObject({ action: "STOP" });
  });

  test("changes nothing, but that there is a plan", async () => {
    await makeOneOfEach();
    const before = await readEverything(database());
    for (const action of ["STOP", "RETRY", "REMOVE"] as const) await plan(action);
    expect(await readEverything(database())).toEqual(before);
    expect(await database().prisma.jobPlan.count()).toBe(3);
  });

  test("fixes number and version of each job, and who planned it for what and for how long", async () => {
    const { job: running } = await startJob(database());
    const waiting = await deploy(database());
    const { token, expiresAt } = await plan("STOP");
    const head = await database().prisma.jobPlan.findUniqueOrThrow({ where: { id: token }, include: { jobs: true } });
    expect(head).toMatchObject({
      action: "STOP",
      actor: "alice",
      reason: "moving house",
      total: 2,
      applied: 0,
      expiresAt,
    });
    expect(head.expiresAt.getTime() - head.createdAt.getTime()).toBe(15 * MINUTE_MS);
    expect(head.jobs).toMatchObject([
      { position: 1, jobNumber: running.number, version: 2, outcome: null },
      { position: 2, jobNumber: waiting.number, version: 1, outcome: null },
    ]);
  });

  test("shows the first twenty jobs", async () => {
    await writeManyJobs(database(), 100);
    const planned = await plan("REMOVE");
    expect(planned.total).toBe(50);
    expect(numbersOf(planned.sample)).toEqual(Array.from({ length: 20 }, (_, index) => BigInt(index + 1)));
    const [skipped] = planned.skipped;
    expect(skipped).toMatchObject({ reason: "NOT_ENDED", count: 50 });
    expect(numbersOf(skipped?.sample ?? [])).toEqual(Array.from({ length: 20 }, (_, index) => BigInt(index + 51)));
  });

  test("of more than 100,000 jobs is refused with their count, and is not kept", async () => {
    await writeManyJobs(database(), 100_051);
    await expect(plan("REMOVE")).rejects.toThrow(InvalidArgumentError);
    await expect(plan("REMOVE")).rejects.toThrow("selects 100001 jobs to REMOVE");
    expect(await database().prisma.jobPlan.count()).toBe(0);
    expect(await plan("STOP")).toMatchObject({ total: 50, skipped: [{ reason: "ALREADY_ENDED", count: 100_001 }] });
  });

  test("is found by its actor only, until its time is over", async () => {
    const { token } = await plan("STOP");
    const find = (name: string | null) => requirePlan(database(), token, { ...ACTOR, name });
    expect(await find("alice")).toEqual(expect.objectContaining({ action: "STOP", reason: "moving house" }));
    for (const name of ["bob", null]) await expect(find(name)).rejects.toThrow(new PlanNotFoundError(token));
    const expiresAt = new Date("2026-01-02T03:04:05.678Z");
    await database().prisma.jobPlan.update({ where: { id: token }, data: { expiresAt } });
    await expect(find("alice")).rejects.toThrow(new PlanExpiredError(token, expiresAt));
    await expect(find("bob")).rejects.toThrow(PlanNotFoundError);
  });

  test("of nobody by name is found by nobody by name", async () => {
    const { token } = await planJobs(database(), { action: "STOP", filter: {} }, { ...ACTOR, name: null });
    expect(await requirePlan(database(), token, { ...ACTOR, name: null })).toMatchObject({ reason: null });
    await expect(requirePlan(database(), token, ACTOR)).rejects.toThrow(PlanNotFoundError);
  });

  test.each(["", "x", "0197b3a0-0000-7000-8000-000000000009", "' or true --"])(
    "of token %j is not found",
    async (token) => {
      await plan("STOP");
      await expect(requirePlan(database(), token, ACTOR)).rejects.toThrow(`plan '${token}' not found`);
    },
  );
});
