import { describe, expect, test } from "vitest";
import { ACTOR, databaseNow, expireLease, useDatabase } from "../../test/store-fixtures.ts";
import { withBrokenPublish, withOutages } from "../../test/worker/failing-database.ts";
import { holdPuts, withPut } from "../../test/worker/holding-store.ts";
import { startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, type WorkerLab, waitUntil } from "../../test/worker/worker-lab.ts";
import { StorageFailingError } from "../domain/errors.ts";
import type { ObjectStore } from "../extract/object-store.ts";
import { claimJobs } from "../store/job-own.ts";
import { reapJobs } from "../store/reaper.ts";
import { createLog } from "../telemetry/log.ts";
import { sweep } from "./sweep.ts";

const database = useDatabase("pglite");
const log = createLog({ level: "silent" });

async function startLab(blocks: number) {
  const chain = await startScriptedChain(blocks);
  const lab = await openLab(database());
  await lab.provide(chain.url);
  return { chain, lab };
}

async function sweepNow(store: ObjectStore): Promise<number> {
  const { id: storeId } = await database().prisma.objectStore.findFirstOrThrow();
  const checkStore = async () => {};
  const signal = new AbortController().signal;
  return sweep({
    database: database(),
    store,
    storeId,
    checkStore,
    graceMs: 0,
    fileRetentionMs: 86_400_000,
    log,
    signal,
  });
}

/** What is in the store is what is registered, after the sweep of what attempts left. */
async function expectNoStrays(lab: WorkerLab): Promise<void> {
  await sweepNow(lab.store);
  expect(await lab.objects()).toEqual(await lab.registered());
  expect(await database().prisma.pendingFile.count()).toBe(0);
}

describe("a worker that was paused while it wrote a file", () => {
  test("finds its job in the hands of another: its publish is refused, its file swept, the other's data stays", async () => {
    const { chain, lab } = await startLab(10);
    const { store, held, release } = holdPuts(lab.store);
    const first = await lab.start({ store });
    const job = await lab.deploy({ endBlock: "9" });
    await held;
    // The first worker is alive, and would claim it again.
    await database().prisma.$executeRaw`update job set node_selector = 'worker-2' where number = ${job}`;
    const { incarnation } = await lab.job(job);
    await waitUntil("the reaper to come before the next heartbeat", async () => {
      await expireLease(database(), { incarnation: incarnation ?? "" });
      return (await reapJobs(database(), { maxAttempts: 10 }, ACTOR)).at(0);
    });
    await lab.start({ nodeId: "worker-2" });
    expect(await lab.until(job, "COMPLETED")).toMatchObject({ attempt: 2, nodeId: "worker-2" });
    const published = await lab.registered();
    release();
    await first.drain(new AbortController().signal);
    expect(await lab.registered()).toEqual(published);
    // The put that came back after the abort takes its file away again, long before the sweep would.
    await waitUntil("the late file to go", async () => (await lab.objects()).length === published.length || undefined);
    expect(await lab.blocks(job)).toEqual(chain.refs());
    await expectNoStrays(lab);
    expect(await lab.registered()).toEqual(published);
  });

  test("beyond its lease, and finds the job still its own, gives it back and goes on", async () => {
    const { chain, lab } = await startLab(10);
    const { store, held, release } = holdPuts(lab.store);
    let isDown = false;
    await lab.start({ store, leaseMs: 1_500, database: withOutages(database(), () => isDown) });
    const job = await lab.deploy({ endBlock: "9" });
    await held;
    isDown = true;
    const { incarnation } = await lab.job(job);
    await waitUntil("the lease to end", async () => {
      const worker = await database().prisma.worker.findFirst({ where: { incarnation: incarnation ?? "" } });
      const now = await databaseNow(database());
      return (worker !== null && worker.leaseUntil.getTime() < now - 1_000) || undefined;
    });
    isDown = false;
    await lab.until(job, ({ attempt }) => attempt === 2);
    release();
    expect(await lab.until(job, "COMPLETED")).toMatchObject({ attempt: 2, failures: 0 });
    expect(await lab.blocks(job)).toEqual(chain.refs());
    await expectNoStrays(lab);
  });
});

test("a process that took the node id makes the old one drop its jobs, which go on at the new one", async () => {
  const { chain, lab } = await startLab(10);
  const { store, held } = holdPuts(lab.store);
  const old = await lab.start({ store });
  const job = await lab.deploy({ endBlock: "9" });
  await held;
  await lab.start({ takeOver: true });
  await lab.until(job, "COMPLETED");
  expect(await lab.blocks(job)).toEqual(chain.refs());
  expect(old.running).toBe(0);
});

test("a publish that is refused although the job is still the worker's is tried again, not for ever at once", async () => {
  const { chain, lab } = await startLab(10);
  const { store, held, release } = holdPuts(lab.store);
  await lab.start({ store });
  const job = await lab.deploy({ endBlock: "9" });
  await held;
  await database().prisma.pendingFile.deleteMany();
  release();
  const { failures, lastError } = await lab.until(job, ({ status }) => status === "SCHEDULED");
  expect(failures).toBe(1);
  expect(lastError).toMatchObject({ code: "OWNERSHIP_LOST", retryable: true });
  expect(await lab.objects()).toEqual([]);
  await lab.hurry(job);
  await lab.until(job, "COMPLETED");
  expect(await lab.blocks(job)).toEqual(chain.refs());
});

test("a claim whose answer was lost is found and run by its worker", async () => {
  const { lab } = await startLab(5);
  await lab.start({ capacity: 0 });
  const { nodeId, incarnation } = await database().prisma.worker.findFirstOrThrow();
  const storeId = await waitUntil("the worker to see its store", async () => {
    return (await database().prisma.worker.findFirstOrThrow()).storeId ?? undefined;
  });
  const job = await lab.deploy({ endBlock: "4" });
  await claimJobs(database(), { nodeId, incarnation, storeId, limit: 1 });
  expect(await lab.until(job, "COMPLETED")).toMatchObject({ attempt: 1 });
});

describe("a storage that fails", () => {
  test.each([1, 5])("at file %i is tried again, and leaves no stray file", async (failing) => {
    const { chain, lab } = await startLab(10);
    let puts = 0;
    const store = withPut(lab.store, async (path, bytes, signal) => {
      puts += 1;
      if (puts === failing) throw new StorageFailingError(`could not write '${path}': ENOSPC`, { path });
      await lab.store.put(path, bytes, signal);
    });
    await lab.start({ store });
    const job = await lab.deploy({ endBlock: "9" });
    const { lastError } = await lab.until(job, ({ failures }) => failures === 1);
    expect(lastError).toMatchObject({ code: "STORAGE_FAILING", retryable: true });
    expect(await lab.objects()).toEqual(await lab.registered());
    await lab.hurry(job);
    await lab.until(job, "COMPLETED");
    expect(await lab.blocks(job)).toEqual(chain.refs());
    await expectNoStrays(lab);
  });

  test("while it deletes keeps the name for the next sweep, and does not hold up the others", async () => {
    const { lab } = await startLab(5);
    await lab.start();
    const job = await lab.deploy({ endBlock: "4" });
    await lab.until(job, "COMPLETED");
    const table = await lab.table(job);
    for (const name of ["000000001-a.parquet", "000000002-b.parquet"]) {
      await database().prisma.pendingFile.create({ data: { tableId: table.id, name, jobNumber: job, attempt: 7 } });
    }
    const deleted: string[] = [];
    const store = {
      ...withPut(lab.store, lab.store.put),
      delete: async (path: string) => {
        if (path.endsWith("a.parquet")) throw new StorageFailingError(`could not delete '${path}'`, { path });
        deleted.push(path);
      },
    };
    await expect(sweepNow(store)).rejects.toThrow("1 files could not be deleted");
    expect(deleted).toHaveLength(1);
    expect(await database().prisma.pendingFile.findMany()).toMatchObject([{ name: "000000001-a.parquet" }]);
    expect(await sweepNow(lab.store)).toBe(1);
  });
});

describe("a database that fails", () => {
  test.each([1, 2])("at publish %i writes nothing by halves, and the attempt is made again", async (failing) => {
    const { chain, lab } = await startLab(10);
    let publishes = 0;
    const failOnce = () => {
      publishes += 1;
      return publishes === failing;
    };
    await lab.start({ database: withBrokenPublish(database(), failOnce) });
    const job = await lab.deploy({ endBlock: "9" });
    await lab.until(job, ({ failures }) => failures === 1);
    expect((await lab.job(job)).lastError).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    // Who does not know whether it was published leaves the files to the sweep, which does.
    expect((await lab.objects()).length).toBe((await lab.registered()).length + 3);
    for (const table of ["transactions", "logs"] as const)
      expect(await lab.ranges(job, table)).toEqual(await lab.ranges(job));
    await lab.until(job, "COMPLETED");
    expect(await lab.blocks(job)).toEqual(chain.refs());
    await expectNoStrays(lab);
  });

  test("for a while loses no job: what it could not be told is told when it answers", async () => {
    const { chain, lab } = await startLab(10);
    let puts = 0;
    let refusals = 0;
    const isDown = () => puts >= 6 && refusals++ < 6;
    const store = withPut(lab.store, async (path, bytes, signal) => {
      await lab.store.put(path, bytes, signal);
      puts += 1;
    });
    await lab.start({ store, database: withOutages(database(), isDown) });
    const job = await lab.deploy({ endBlock: "9" });
    await lab.until(job, "COMPLETED");
    expect(refusals).toBeGreaterThanOrEqual(6);
    expect(await lab.blocks(job)).toEqual(chain.refs());
    await expectNoStrays(lab);
  });
});
