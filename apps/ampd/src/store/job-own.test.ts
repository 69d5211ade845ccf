import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import {
  ACTOR,
  claim,
  databaseNow,
  deploy,
  eventTypes,
  expireLease,
  FAILURE,
  fileOf,
  makeJobIn,
  publish,
  readEverything,
  startJob,
  startWorker,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { OwnershipLostError } from "../domain/errors.ts";
import { ENDED_STATUSES } from "../domain/job.ts";
import type { Database } from "./database.ts";
import { listEvents } from "./event.ts";
import { deployJob } from "./job-deploy.ts";
import {
  beginStopping,
  completeJob,
  failJob,
  finishStopping,
  fixTargetBlock,
  handOver,
  type Ownership,
  ownedStatuses,
  scheduleRetry,
} from "./job-own.ts";
import { getJob } from "./job-read.ts";
import { stopJob } from "./job-stop.ts";
import { reapJobs } from "./reaper.ts";
import { openSegment } from "./segment.ts";
import { listTables, progressOf } from "./table.ts";

type Write = (database: Database, owner: Ownership) => Promise<unknown>;

const RETRY = { actor: ACTOR, failure: FAILURE, delayMs: 0, counted: true };

/** Everything that an owner writes but publishing, and the status in which it may. */
const WRITES: readonly (readonly [string, "RUNNING" | "STOP_REQUESTED" | "STOPPING", Write])[] = [
  ["beginStopping", "STOP_REQUESTED", (database, owner) => beginStopping(database, owner, ACTOR)],
  ["finishStopping", "STOPPING", (database, owner) => finishStopping(database, owner, { actor: ACTOR })],
  ["completeJob", "RUNNING", (database, owner) => completeJob(database, owner, ACTOR)],
  ["failJob", "RUNNING", (database, owner) => failJob(database, owner, ACTOR, FAILURE)],
  ["scheduleRetry", "RUNNING", (database, owner) => scheduleRetry(database, owner, RETRY)],
  ["handOver", "RUNNING", (database, owner) => handOver(database, owner, ACTOR)],
  ["fixTargetBlock", "RUNNING", (database, owner) => fixTargetBlock(database, owner, 9n)],
  ["takeTables", "RUNNING", (database, owner) => takeAll(database, owner)],
  [
    "openSegment",
    "RUNNING",
    async (database, owner) => {
      const { namespace, name, manifestHash } = await getJob(database, owner.job);
      const tables = await database.prisma.datasetTable.findMany({ where: { namespace, name, manifestHash } });
      return openSegment(
        database,
        owner,
        tables.map((table) => ({ tableId: table.id, name: fileOf(table, { start: 0, end: 1 }, 0n).file.name })),
      );
    },
  ],
];

describe.each(DIALECTS)("the fence on %s", (dialect) => {
  const database = useDatabase(dialect);

  async function expectRefused(write: Promise<unknown>): Promise<void> {
    await expect(write).rejects.toThrow(OwnershipLostError);
  }

  /** A job with tables that stands in the status in which the write is allowed. */
  async function ownIn(status: "RUNNING" | "STOP_REQUESTED" | "STOPPING"): Promise<Ownership> {
    const { owner } = await startJob(database());
    await takeAll(database(), owner);
    if (status !== "RUNNING") await stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
    if (status === "STOPPING") await beginStopping(database(), owner, ACTOR);
    return owner;
  }

  describe.each(WRITES)("of %s", (_, status, write) => {
    test.each([
      ["an earlier attempt", (owner: Ownership) => ({ ...owner, attempt: owner.attempt - 1 })],
      ["a later attempt", (owner: Ownership) => ({ ...owner, attempt: owner.attempt + 1 })],
      ["another process", (owner: Ownership) => ({ ...owner, incarnation: randomUUID() })],
      ["the owner of another job", (owner: Ownership, other: Ownership) => ({ ...owner, job: other.job })],
    ])("refuses %s", async (_name, forge) => {
      const owner = await ownIn(status);
      const forged = forge(owner, await ownIn(status));
      const before = await readEverything(database());
      await expectRefused(write(database(), forged));
      expect(await readEverything(database())).toEqual(before);
    });

    test("refuses the owner after the reaper, although its attempt still matches", async () => {
      const owner = await ownIn(status);
      await expireLease(database(), owner);
      await reapJobs(database(), { maxAttempts: 10 }, ACTOR);
      expect(await getJob(database(), owner.job)).toMatchObject({ attempt: owner.attempt });
      const before = await readEverything(database());
      await expectRefused(write(database(), owner));
      expect(await readEverything(database())).toEqual(before);
    });

    test.each(ENDED_STATUSES)("refuses the owner of a job that is %s", async (ended) => {
      const { owner } = await makeJobIn(database(), ended);
      await database().prisma.$executeRaw`
        insert into dataset_table (namespace, name, manifest_hash, table_name, revision)
        select namespace, name, manifest_hash, 'blocks', ${randomUUID()}::uuid from job where number = ${owner.job}`;
      const before = await readEverything(database());
      await expectRefused(write(database(), owner));
      expect(await readEverything(database())).toEqual(before);
    });

    test("lets the owner through", async () => {
      const owner = await ownIn(status);
      await expect(write(database(), owner)).resolves.toBeDefined();
    });
  });
});

describe.each(DIALECTS)("an owner on %s", (dialect) => {
  const database = useDatabase(dialect);

  test.each(["RUNNING", "STOPPING"] as const)("cannot begin to stop a job that is %s", async (status) => {
    const { owner, job } = await makeJobIn(database(), status);
    await expect(beginStopping(database(), owner, ACTOR)).rejects.toThrow(OwnershipLostError);
    expect(await getJob(database(), owner.job)).toEqual(job);
  });

  test.each(["RUNNING", "STOP_REQUESTED", "STOPPING"] as const)("completes a job that is %s", async (status) => {
    const { owner, job } = await makeJobIn(database(), status);
    const completed = await completeJob(database(), owner, ACTOR);
    expect(completed).toMatchObject({ status: "COMPLETED", version: job.version + 1, nodeId: job.nodeId });
    expect(completed.endedAt).toEqual(completed.updatedAt);
    expect((await eventTypes(database(), owner.job)).at(-1)).toBe("COMPLETED");
  });

  test("that completes while a stop is asked for ends the job once, as COMPLETED, in either order", async () => {
    for (let round = 0; round < 10; round += 1) {
      const { owner } = await startJob(database());
      const stop = () => stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
      const complete = () => completeJob(database(), owner, ACTOR);
      await Promise.all(round % 2 === 0 ? [stop(), complete()] : [complete(), stop()]);
      expect(await getJob(database(), owner.job)).toMatchObject({ status: "COMPLETED" });
      const ends = (await eventTypes(database(), owner.job)).filter((type) => type === "COMPLETED");
      expect(ends).toHaveLength(1);
    }
  });

  test("stops a job in two steps, and says what failed on the way as an event", async () => {
    const { owner } = await makeJobIn(database(), "STOPPING");
    const stopped = await finishStopping(database(), owner, { actor: ACTOR, failure: FAILURE });
    expect(stopped).toMatchObject({ status: "STOPPED", incarnation: null });
    const events = await listEvents(database(), { job: owner.job });
    expect(events.map(({ type }) => type)).toEqual([
      "SCHEDULED",
      "RUNNING",
      "STOP_REQUESTED",
      "STOPPING",
      "STOP_FAILED",
      "STOPPED",
    ]);
    expect(events.at(-2)?.detail).toEqual(FAILURE);
  });

  test("sends a job back after a curable error: the cause, one failure more, and a time to wait for", async () => {
    const { owner } = await startJob(database());
    const retry = { actor: ACTOR, failure: FAILURE, delayMs: 90_000, counted: true };
    const job = await scheduleRetry(database(), owner, retry);
    expect(job).toMatchObject({ status: "SCHEDULED", failures: 1, attempt: 1, incarnation: null, lastError: FAILURE });
    expect(job.nextAttemptAt?.getTime()).toBe(job.updatedAt.getTime() + 90_000);
    const events = await listEvents(database(), { job: owner.job });
    expect(events.map(({ type }) => type)).toEqual(["SCHEDULED", "RUNNING", "RETRY_SCHEDULED", "SCHEDULED"]);
    expect(events[2]?.detail).toEqual(FAILURE);
  });

  test("does not count a failure that says nothing about the job", async () => {
    const { owner } = await startJob(database());
    const job = await scheduleRetry(database(), owner, { ...RETRY, counted: false });
    expect(job).toMatchObject({ failures: 0, lastError: FAILURE });
  });

  test("hands a job over without a delay, a failure or an error", async () => {
    const { owner } = await startJob(database());
    const job = await handOver(database(), owner, ACTOR);
    expect(job).toMatchObject({ status: "SCHEDULED", failures: 0, nextAttemptAt: null, lastError: null });
    expect(await eventTypes(database(), owner.job)).toEqual(["SCHEDULED", "RUNNING", "HANDED_OVER", "SCHEDULED"]);
    await database().prisma.$executeRaw`update job set node_selector = 'other' where number = ${owner.job}`;
    const { job: next } = await claim(database(), await startWorker(database(), "other"));
    expect(next).toMatchObject({ number: owner.job, attempt: 2 });
  });

  test("fails a job for good: the error stands on the job and in the event", async () => {
    const { owner } = await startJob(database());
    const job = await failJob(database(), owner, ACTOR, FAILURE);
    expect(job).toMatchObject({ status: "FAILED", lastError: FAILURE, incarnation: null });
    expect((await listEvents(database(), { job: owner.job })).at(-1)).toMatchObject({
      type: "FAILED",
      detail: FAILURE,
    });
  });

  test("fixes the end block once; later attempts find it", async () => {
    const { owner, worker } = await startJob(database(), { endBlock: "latest" });
    const before = await getJob(database(), owner.job);
    expect(await fixTargetBlock(database(), owner, 0n)).toBe(0n);
    expect(await getJob(database(), owner.job)).toEqual({ ...before, targetBlock: 0n });
    await handOver(database(), owner, ACTOR);
    const { owner: next } = await claim(database(), worker);
    expect(await fixTargetBlock(database(), next, 99n)).toBe(0n);
  });

  test("sees the statuses of its own jobs, and of no others", async () => {
    const { owner } = await makeJobIn(database(), "STOP_REQUESTED");
    await startJob(database());
    await deploy(database());
    expect(await ownedStatuses(database(), owner.incarnation)).toEqual([
      { number: owner.job, attempt: 1, status: "STOP_REQUESTED" },
    ]);
    await completeJob(database(), owner, ACTOR);
    expect(await ownedStatuses(database(), owner.incarnation)).toEqual([]);
  });

  test.each(ENDED_STATUSES)("freezes the tables at %s, whatever a later job writes to them", async (status) => {
    const { owner, worker, job } = await startJob(database());
    const tables = await takeAll(database(), owner, ["blocks", "logs"]);
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    if (status === "COMPLETED") await completeJob(database(), owner, ACTOR);
    if (status === "FAILED") await failJob(database(), owner, ACTOR, FAILURE);
    if (status === "STOPPED") {
      await stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
      await beginStopping(database(), owner, ACTOR);
      await finishStopping(database(), owner, { actor: ACTOR });
    }
    const bounds = { startBlock: 0n, currentBlock: 9n, currentTimestamp: 1_700_000_009n };
    const figures = { ...bounds, filesCount: 1n, totalSizeBytes: 1_009n, rowCount: 10n };
    const frozen = [
      { table: "blocks", ...figures },
      { table: "logs", ...figures },
    ];
    const ended = await getJob(database(), owner.job);
    expect(ended.status).toBe(status);
    expect((await progressOf(database(), [ended])).get(owner.job)).toEqual(frozen);

    const { job: later } = await deployJob(database(), job, ACTOR);
    const { owner: laterOwner } = await claim(database(), worker);
    expect(laterOwner.job).toBe(later.number);
    await publish(database(), laterOwner, {
      tables: await takeAll(database(), laterOwner, ["blocks", "logs"]),
      span: { start: 10, end: 19 },
    });
    expect((await listTables(database(), job)).map(({ currentBlock }) => currentBlock)).toEqual([19n, 19n]);
    expect((await progressOf(database(), [await getJob(database(), owner.job)])).get(owner.job)).toEqual(frozen);
  });

  test("that ends a job before anything was written freezes that there is nothing", async () => {
    const { owner } = await startJob(database());
    await takeAll(database(), owner);
    expect((await completeJob(database(), owner, ACTOR)).finalTables).toEqual([]);
  });

  test("acts by the database's time", async () => {
    const { owner } = await startJob(database());
    const before = await databaseNow(database());
    const job = await completeJob(database(), owner, ACTOR);
    expect(job.updatedAt.getTime()).toBeGreaterThanOrEqual(before - 1);
    expect(job.updatedAt.getTime()).toBeLessThanOrEqual(await databaseNow(database()));
  });
});
