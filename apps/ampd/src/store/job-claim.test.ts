import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createMigratedDatabase, DIALECTS } from "../../test/databases.ts";
import {
  ACTOR,
  claim,
  deploy,
  eventTypes,
  expireLease,
  FAILURE,
  STORE,
  startJob,
  startWorker,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { openDatabase } from "./database.ts";
import { claimJobs, handOver, scheduleRetry } from "./job-own.ts";
import { getJob } from "./job-read.ts";
import { markDraining, signOffWorker } from "./worker.ts";

describe.each(DIALECTS)("a claim on %s", (dialect) => {
  const database = useDatabase(dialect);

  const numbersOf = (jobs: readonly { number: bigint }[]) => jobs.map(({ number }) => number);
  async function deployMany(count: number): Promise<bigint[]> {
    const numbers: bigint[] = [];
    for (let index = 0; index < count; index += 1) numbers.push((await deploy(database())).number);
    return numbers;
  }

  test("takes a job to RUNNING under the worker's name, in its first attempt", async () => {
    const { number } = await deploy(database());
    const worker = await startWorker(database());
    const [job] = await claimJobs(database(), { ...worker, limit: 4 });
    const { nodeId, incarnation } = worker;
    expect(job).toMatchObject({ number, status: "RUNNING", version: 2, attempt: 1, nodeId, incarnation });
    expect(job?.startedAt).toEqual(job?.updatedAt);
    expect(await eventTypes(database(), number)).toEqual(["SCHEDULED", "RUNNING"]);
  });

  test("takes the oldest jobs first, and never more than the worker has room for", async () => {
    const [first, second, third] = await deployMany(3);
    const worker = await startWorker(database());
    expect(numbersOf(await claimJobs(database(), { ...worker, limit: 2 }))).toEqual([first, second]);
    expect(numbersOf(await claimJobs(database(), { ...worker, limit: 2 }))).toEqual([third]);
    expect(await claimJobs(database(), { ...worker, limit: 2 })).toEqual([]);
  });

  test("of no jobs takes none", async () => {
    await deploy(database());
    expect(await claimJobs(database(), { ...(await startWorker(database())), limit: 0 })).toEqual([]);
  });

  test.each([
    ["eu-1", "eu-1", true],
    ["eu-1", "eu-10", false],
    ["eu-1", "EU-1", false],
    ["eu-*", "eu-1", true],
    ["eu-*", "eu-", true],
    ["eu-*", "us-eu-1", false],
    ["*", "anything", true],
    ["eu_*", "eu-1", false],
    ["eu%", "eu-1", false],
    [null, "anything", true],
  ])("with the selector %s by worker %s: %s", async (nodeSelector, nodeId, fits) => {
    const { number } = await deploy(database(), { nodeSelector });
    const claimed = await claimJobs(database(), { ...(await startWorker(database(), nodeId)), limit: 1 });
    expect(numbersOf(claimed)).toEqual(fits ? [number] : []);
  });

  test("passes over older jobs that are for others", async () => {
    await deploy(database(), { nodeSelector: "us-*" });
    const { number } = await deploy(database(), { nodeSelector: "eu-*" });
    const worker = await startWorker(database(), "eu-1");
    expect(numbersOf(await claimJobs(database(), { ...worker, limit: 1 }))).toEqual([number]);
  });

  test("of a job whose tables lie in a store is for workers that see that one; of tables without one for any", async () => {
    const { owner, worker, job } = await startJob(database());
    await takeAll(database(), owner);
    await handOver(database(), owner, ACTOR);
    const elsewhere = { ...worker, storeId: randomUUID(), limit: 1 };
    expect(await claimJobs(database(), elsewhere)).toEqual([]);
    expect(numbersOf(await claimJobs(database(), { ...worker, limit: 1 }))).toEqual([job.number]);
    await handOver(database(), { ...owner, attempt: 2 }, ACTOR);
    await database().prisma.datasetTable.updateMany({ where: { tableName: "logs" }, data: { storeId: null } });
    expect(await claimJobs(database(), elsewhere)).toEqual([]);
    await database().prisma.datasetTable.updateMany({ data: { storeId: null } });
    expect(numbersOf(await claimJobs(database(), elsewhere))).toEqual([job.number]);
  });

  test("waits until a retry's time has come", async () => {
    const { owner, worker, job } = await startJob(database());
    await scheduleRetry(database(), owner, { actor: ACTOR, failure: FAILURE, delayMs: 3_600_000, counted: true });
    expect(await claimJobs(database(), { ...worker, limit: 1 })).toEqual([]);
    await database().prisma.$executeRaw`update job set next_attempt_at = now() where number = ${job.number}`;
    const [again] = await claimJobs(database(), { ...worker, limit: 1 });
    expect(again).toMatchObject({ number: job.number, attempt: 2, nextAttemptAt: null, startedAt: job.startedAt });
  });

  test("raises the attempt by one each time", async () => {
    let { owner, worker } = await startJob(database());
    for (const attempt of [2, 3, 4]) {
      await handOver(database(), owner, ACTOR);
      ({ owner, worker } = await claim(database(), worker));
      expect(owner.attempt).toBe(attempt);
    }
  });

  test.each([
    ["never registered", async () => ({ nodeId: "worker-1", incarnation: randomUUID(), storeId: STORE.id })],
    [
      "has lost its lease",
      async () => {
        const worker = await startWorker(database());
        await expireLease(database(), worker);
        return worker;
      },
    ],
    [
      "drains",
      async () => {
        const worker = await startWorker(database());
        await markDraining(database(), worker);
        return worker;
      },
    ],
    [
      "has signed off",
      async () => {
        const worker = await startWorker(database());
        await signOffWorker(database(), worker);
        return worker;
      },
    ],
    [
      "was replaced by a newer process",
      async () => {
        const worker = await startWorker(database());
        await startWorker(database(), worker.nodeId);
        return worker;
      },
    ],
  ])("by a worker that %s gets nothing", async (_, makeWorker) => {
    const job = await deploy(database());
    expect(await claimJobs(database(), { ...(await makeWorker()), limit: 1 })).toEqual([]);
    expect(await getJob(database(), job.number)).toEqual(job);
  });

  test("by many workers at once gives each job to one of them", async () => {
    const numbers = await deployMany(12);
    const workers = await Promise.all(["a", "b", "c", "d"].map((nodeId) => startWorker(database(), nodeId)));
    const claims = await Promise.all(
      [...workers, ...workers].map((worker) => claimJobs(database(), { ...worker, limit: 2 })),
    );
    expect(claims.every((jobs) => jobs.length <= 2)).toBe(true);
    const claimed = claims.flat();
    expect(new Set(numbersOf(claimed)).size).toBe(claimed.length);
    // Whom a locked row turned away finds it at the next try.
    for (const worker of workers) claimed.push(...(await claimJobs(database(), { ...worker, limit: 12 })));
    expect(numbersOf(claimed).toSorted((a, b) => Number(a - b))).toEqual(numbers);
    expect(claimed.every(({ attempt, version }) => attempt === 1 && version === 2)).toBe(true);
  });
});

test("a claim keeps to its limit also where the plan is a nested loop over the sub-select", async () => {
  // Run once per row, a sub-select with LIMIT and SKIP LOCKED finds other rows each time.
  const settings = ["hashjoin", "hashagg", "mergejoin", "sort", "material", "memoize"];
  const url = new URL(await createMigratedDatabase());
  url.searchParams.set("options", settings.map((name) => `-c enable_${name}=off`).join(" "));
  const database = await openDatabase({ kind: "postgres", url: url.href });
  for (let index = 0; index < 6; index += 1) await deploy(database);
  expect(await claimJobs(database, { ...(await startWorker(database)), limit: 1 })).toHaveLength(1);
  await database.close();
});
