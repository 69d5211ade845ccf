import { mkdir, rename } from "node:fs/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { useDatabase } from "../../test/store-fixtures.ts";
import { withLostAnswers } from "../../test/worker/failing-database.ts";
import { holdPuts, withPut } from "../../test/worker/holding-store.ts";
import { startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, type WorkerLab, waitUntil } from "../../test/worker/worker-lab.ts";
import { makeFolder } from "../../test/write-tables.ts";
import { openFolderStore } from "../extract/folder-store.ts";
import { MARKER_PATH } from "../extract/store-marker.ts";
import type { Database } from "../store/database.ts";

const HOUR_MS = 3_600_000;

async function startLab(database: Database, blocks: number) {
  const chain = await startScriptedChain(blocks);
  const lab = await openLab(database);
  await lab.provide(chain.url);
  return { chain, lab };
}

describe("a worker", () => {
  const database = useDatabase("pglite");

  const workerRow = (nodeId: string) => database().prisma.worker.findUniqueOrThrow({ where: { nodeId } });
  const untilSeen = (nodeId: string, isSeen: boolean) =>
    waitUntil(`${nodeId} to see ${isSeen ? "the" : "no"} store`, async () => {
      return ((await workerRow(nodeId)).storeId !== null) === isSeen || undefined;
    });

  test("without the store's mount claims nothing, and leaves the job to one that has it", async () => {
    const { chain, lab } = await startLab(database(), 5);
    const maker = await lab.start({ nodeId: "maker" });
    await untilSeen("maker", true);
    await maker.drain(new AbortController().signal);
    const empty = openFolderStore(await makeFolder());
    await lab.start({ nodeId: "mountless", store: empty });
    await untilSeen("mountless", false);
    const job = await lab.deploy({ endBlock: "4" });
    await lab.start({ nodeId: "mounted" });
    expect(await lab.until(job, "COMPLETED")).toMatchObject({ attempt: 1, nodeId: "mounted" });
    expect(await lab.blocks(job)).toEqual(chain.refs());
    expect(await Array.fromAsync(empty.list(""))).toEqual([]);
  });

  test("whose mount goes while its job runs publishes nothing into the folder beneath, and goes on when it is back", async () => {
    const { chain, lab } = await startLab(database(), 5);
    await lab.start();
    const job = await lab.deploy();
    await lab.untilBlock(job, 4);
    const away = `${lab.store.root}-away`;
    await rename(lab.store.root, away);
    await mkdir(lab.store.root);
    chain.grow(3);
    const { lastError } = await lab.until(job, ({ failures }) => failures === 1);
    expect(lastError).toMatchObject({ code: "STORAGE_FAILING", retryable: true });
    await untilSeen("worker-1", false);
    await lab.hurry(job);
    expect(await lab.job(job)).toMatchObject({ status: "SCHEDULED", attempt: 1 });
    expect(await Array.fromAsync(lab.store.list(""))).toEqual([]);
    expect(await lab.ranges(job)).toEqual(["0–0", "1–4"]);
    await rename(away, lab.store.root);
    await lab.untilBlock(job, 7);
    expect(await lab.blocks(job)).toEqual(chain.refs());
    expect(await lab.objects()).toEqual(await lab.registered());
  });

  test("whose mount goes while it writes publishes nothing", async () => {
    const { lab } = await startLab(database(), 5);
    let puts = 0;
    const store = withPut(lab.store, async (path, bytes, signal) => {
      await lab.store.put(path, bytes, signal);
      puts += 1;
      if (puts === 3) await lab.store.delete(MARKER_PATH);
    });
    await lab.start({ store });
    const job = await lab.deploy({ endBlock: "4" });
    const { lastError } = await lab.until(job, ({ failures }) => failures === 1);
    expect(lastError).toMatchObject({ code: "STORAGE_FAILING" });
    expect(await lab.registered()).toEqual([]);
    expect(await lab.objects()).toEqual([]);
  });

  test("that is not told whether its publish was committed keeps the files, and the next attempt finds them published", async () => {
    const { chain, lab } = await startLab(database(), 10);
    let publishes = 0;
    const isLost = () => {
      publishes += 1;
      return publishes === 2;
    };
    await lab.start({ database: withLostAnswers(database(), isLost) });
    const job = await lab.deploy({ endBlock: "9" });
    await lab.until(job, "COMPLETED");
    expect(await lab.blocks(job)).toEqual(chain.refs());
    expect(await lab.objects()).toEqual(await lab.registered());
    expect(publishes).toBeGreaterThanOrEqual(2);
  });

  test("opens a segment only after the last one is published: no two files of a table are of one instant", async () => {
    const { lab } = await startLab(database(), 20);
    const { store, held, release } = holdPuts(lab.store);
    await lab.start({ store });
    const job = await lab.deploy({ endBlock: "19" });
    await held;
    expect(await database().prisma.pendingFile.groupBy({ by: ["tableId"], _count: true })).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ _count: 1 })),
    );
    release();
    await lab.until(job, "COMPLETED");
    const times = (await lab.files(job)).map(({ createdAtNs }) => createdAtNs);
    expect(times.length).toBeGreaterThan(1);
    expect(new Set(times).size).toBe(times.length);
  });

  test("deletes what the chain has passed by, when its time has come and not before", async () => {
    const { chain, lab } = await startLab(database(), 5);
    await lab.start({ takeOver: true, fileRetentionMs: HOUR_MS });
    const job = await lab.deploy();
    await lab.untilBlock(job, 4);
    chain.fork(3, 4, "b");
    await lab.untilBlock(job, 6);
    expect(await lab.blocks(job)).toEqual(chain.refs());
    const orphans = (await lab.files(job)).filter(({ canonical }) => !canonical);
    expect(orphans.length).toBeGreaterThan(0);
    const retiring = await waitUntil("the orphans to be stamped", async () => {
      await wake(lab);
      const files = await database().prisma.tableFile.findMany({ where: { canonical: false } });
      return files.every(({ retireAt }) => retireAt !== null) ? files : undefined;
    });
    expect(await lab.objects()).toEqual(await lab.registered());
    await database().prisma.tableFile.updateMany({ where: { canonical: false }, data: { retireAt: new Date(0) } });
    await waitUntil("the orphans to go", async () => {
      await wake(lab);
      return (await database().prisma.tableFile.count({ where: { canonical: false } })) === 0 || undefined;
    });
    await waitUntil("their objects to go", async () => {
      const objects = await lab.objects();
      return retiring.every(({ name }) => !objects.some((path) => path.endsWith(name))) || undefined;
    });
    expect(await lab.objects()).toEqual(await lab.registered());
    expect(await lab.blocks(job)).toEqual(chain.refs());
  });

  /** A wake for everything wakes the sweep. */
  const wake = (lab: WorkerLab) => lab.database.prisma.$queryRaw`select pg_notify('amp', '')::text`;
});

describe("a worker whose clock is an hour behind", () => {
  // The embedded database would take its time from the same clock.
  const database = useDatabase("postgres");

  test("replaces the files of one whose clock is right, as the newer ones: their times are the database's", async () => {
    const { chain, lab } = await startLab(database(), 5);
    const right = await lab.start({ nodeId: "right" });
    const job = await lab.deploy();
    await lab.untilBlock(job, 4);
    await right.drain(new AbortController().signal);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - HOUR_MS });
    onTestFinished(() => void vi.useRealTimers());
    chain.fork(3, 4, "b");
    await lab.start({ nodeId: "behind" });
    await lab.untilBlock(job, 6);
    expect(await lab.blocks(job)).toEqual(chain.refs());
    const files = await lab.files(job);
    const [orphan] = files.filter(({ canonical }) => !canonical);
    const replacing = files.filter(({ canonical, end }) => canonical && end >= 3n);
    expect(replacing.every(({ createdAtNs }) => createdAtNs > (orphan?.createdAtNs ?? createdAtNs))).toBe(true);
  });
});
