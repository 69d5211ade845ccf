import { describe, expect, test } from "vitest";
import { type WrittenJob, writeJobs } from "../../test/many-jobs.ts";
import {
  ACTOR,
  claim,
  countJobs,
  deploy,
  publish,
  startJob,
  startWorker,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { PlanExpiredError } from "../domain/errors.ts";
import { planJobs } from "./job-plan.ts";
import { applyPlan } from "./job-plan-apply.ts";
import { getJob } from "./job-read.ts";
import { stopJob } from "./job-stop.ts";

/** Every third one is RUNNING, the others wait; each has tables of its own. */
function makeActive(number: number): WrittenJob {
  return {
    number,
    status: number % 3 === 0 ? "RUNNING" : "SCHEDULED",
    name: `eth_${number}`,
    hash: "a".repeat(64),
    nodeId: null,
    errorCode: null,
    createdMs: 1_760_000_000_000,
    updatedMs: 1_760_000_000_000,
    endedMs: null,
    retryOf: null,
  };
}

describe("a plan on PostgreSQL, beside others", () => {
  const database = useDatabase("postgres");

  const plan = async () => (await planJobs(database(), { action: "STOP", filter: {} }, ACTOR)).token;
  const apply = (token: string, first: number) =>
    applyPlan(database(), { token, first, stopDeadlineMs: 60_000 }, ACTOR);
  const stop = (number: bigint) => stopJob(database(), { number, deadlineMs: 60_000 }, ACTOR);

  /** Sessions that wait for another one's lock. */
  async function countWaiting(): Promise<number> {
    const [row] = await database().prisma.$queryRaw<{ count: bigint }[]>`
      select count(*) as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    return Number(row?.count ?? 0n);
  }

  /** Holds the row that the statement locks until it is told to let go. */
  function hold(statement: string) {
    const { promise: letGo, resolve: release } = Promise.withResolvers<void>();
    const { promise: held, resolve: isHeld } = Promise.withResolvers<void>();
    const rival = database().prisma.$transaction(
      async (session) => {
        await session.$queryRawUnsafe(statement);
        isHeld();
        await letGo;
      },
      { timeout: 30_000 },
    );
    const end = () => {
      release();
      return rival;
    };
    return { held, end };
  }

  test("stops 10,000 jobs in batches", async () => {
    await writeJobs(
      database(),
      Array.from({ length: 10_000 }, (_, index) => makeActive(index + 1)),
    );
    const token = await plan();
    for (let remaining = 10_000; remaining > 0; remaining -= 500) {
      const batch = await apply(token, 500);
      expect(batch.outcomes).toHaveLength(500);
      expect(new Set(batch.outcomes.map(({ outcome }) => outcome))).toEqual(new Set(["DONE"]));
      expect(batch.remaining).toBe(remaining - 500);
    }
    expect(await countJobs(database(), { statuses: ["STOP_REQUESTED"] })).toBe(3_333);
    expect(await countJobs(database(), { statuses: ["STOPPED"] })).toBe(6_667);
    expect(await database().prisma.jobEvent.count()).toBe(10_000);
  });

  test("holds up nobody outside the batch, and who wants a job in it only until the batch is done", async () => {
    const [first, second] = [await deploy(database(), { nodeSelector: "none" }), await startJob(database())];
    const outside = await startJob(database());
    const waiting = await deploy(database(), { nodeSelector: "none" });
    const worker = await startWorker(database(), "worker-late");
    const claimable = await deploy(database(), { nodeSelector: worker.nodeId });
    const token = await plan();
    const rival = hold(`select number from job where number = ${second.job.number} for update`);
    await rival.held;
    // The batch has the first job by now, and waits for the second.
    const batch = apply(token, 2);
    await expect.poll(countWaiting).toBe(1);

    const tables = await takeAll(database(), outside.owner);
    await publish(database(), outside.owner, { tables, span: { start: 0, end: 9 } });
    expect(await stop(waiting.number)).toMatchObject({ changed: true, job: { status: "STOPPED" } });
    expect(await claim(database(), worker)).toMatchObject({ job: { number: claimable.number } });
    await planJobs(database(), { action: "STOP", filter: {} }, ACTOR);
    expect(await getJob(database(), first.number)).toEqual(first);

    const inside = stop(first.number);
    await expect.poll(countWaiting).toBe(2);
    await rival.end();
    expect(await batch).toMatchObject({ outcomes: [{ outcome: "DONE" }, { outcome: "DONE" }], remaining: 3 });
    // Three jobs of the plan are left, and the one who waited has had its answer.
    expect(await inside).toMatchObject({ changed: false, job: { status: "STOPPED" } });
    expect((await apply(token, 3)).outcomes).toMatchObject([
      { number: outside.job.number, outcome: "DONE" },
      { number: waiting.number, outcome: "CHANGED" },
      { number: claimable.number, outcome: "CHANGED" },
    ]);
  });

  test("that expires while an applier waits for its turn is not applied", async () => {
    const job = await deploy(database());
    const token = await plan();
    const rival = hold(`update job_plan set expires_at = now() where id = '${token}' returning id::text`);
    await rival.held;
    const applying = apply(token, 1);
    applying.catch(() => {});
    await expect.poll(countWaiting).toBe(1);
    await rival.end();
    await expect(applying).rejects.toThrow(PlanExpiredError);
    expect(await getJob(database(), job.number)).toEqual(job);
  });

  test("waits for a move that is on its way, and then reports it", async () => {
    const job = await deploy(database());
    const token = await plan();
    const rival = hold(
      `update job set status = 'STOPPED', version = version + 1 where number = ${job.number} returning number`,
    );
    await rival.held;
    const applying = apply(token, 1);
    await expect.poll(countWaiting).toBe(1);
    await rival.end();
    expect(await applying).toMatchObject({
      outcomes: [{ outcome: "CHANGED", job: { status: "STOPPED", version: 2 } }],
    });
  });
});
