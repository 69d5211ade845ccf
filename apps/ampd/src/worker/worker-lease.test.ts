import { describe, expect, test } from "vitest";
import { expireLease, useDatabase } from "../../test/store-fixtures.ts";
import { withOutages } from "../../test/worker/failing-database.ts";
import { holdPuts, withPut } from "../../test/worker/holding-store.ts";
import { startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, waitUntil } from "../../test/worker/worker-lab.ts";
import type { ObjectStore } from "../extract/object-store.ts";
import { MARKER_PATH } from "../extract/store-marker.ts";
import { findWorker } from "../store/worker.ts";
import { createLog } from "../telemetry/log.ts";

/** Longer than a busy machine may hold up a heartbeat. */
const LEASE_MS = 5_000;

const database = useDatabase("pglite");

async function startLab(blocks: number) {
  const chain = await startScriptedChain(blocks);
  const lab = await openLab(database());
  await lab.provide(chain.url);
  return { chain, lab };
}

/** Nothing else of the process runs meanwhile, as when it is stopped by a signal. */
function pause(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs);
}

/** A way to the database that is closed while `isDown` says so. */
function makeWay() {
  const way = { isDown: false };
  return { way, leases: withOutages(database(), () => way.isDown) };
}

test("a worker whose lease is not renewed drops its jobs at its end, and claims again once it is", async () => {
  const { chain, lab } = await startLab(20);
  const { way, leases } = makeWay();
  await lab.start({ leaseMs: LEASE_MS, leases });
  const job = await lab.deploy();
  await lab.untilBlock(job, 19);
  way.isDown = true;
  await lab.until(job, "SCHEDULED");
  expect(await findWorker(database(), "worker-1")).toMatchObject({ signedOffAt: null });
  way.isDown = false;
  chain.grow(5);
  await lab.untilBlock(job, 24);
  expect(await lab.job(job)).toMatchObject({ status: "RUNNING", attempt: 2, failures: 0 });
  expect(await lab.blocks(job)).toEqual(chain.refs());
});

test("what a worker wrote before its lease ran out is not published after it", async () => {
  const { chain, lab } = await startLab(10);
  const { way, leases } = makeWay();
  const { store, held, release } = holdPuts(lab.store);
  const worker = await lab.start({ leaseMs: LEASE_MS, leases, store });
  const job = await lab.deploy({ endBlock: "9" });
  await held;
  way.isDown = true;
  await lab.until(job, "SCHEDULED");
  release();
  expect(await lab.registered()).toEqual([]);
  await lab.start({ nodeId: "worker-2" });
  await lab.until(job, "COMPLETED");
  expect(worker.running).toBe(0);
  expect(await lab.blocks(job)).toEqual(chain.refs());
});

test("a worker that is paused right before it publishes drops its jobs instead, before any timer says so", async () => {
  const { chain, lab } = await startLab(3);
  let written = 0;
  let isPaused = false;
  const counting = withPut(lab.store, async (path, bytes, signal) => {
    await lab.store.put(path, bytes, signal);
    written += 1;
  });
  const store: ObjectStore = {
    ...counting,
    get: async (path, signal) => {
      const bytes = await lab.store.get(path, signal);
      // The last look at the store, when all three files are there.
      if (path === MARKER_PATH && written === 3 && !isPaused) {
        isPaused = true;
        pause(LEASE_MS);
      }
      return bytes;
    },
  };
  const told: string[] = [];
  const log = createLog({ level: "info", destination: { write: (line) => void told.push(line) } });
  await lab.start({ leaseMs: LEASE_MS, store, log });
  const job = await lab.deploy({ endBlock: "2" });
  await lab.until(job, "COMPLETED");
  const firstOf = (words: string) => told.findIndex((line) => line.includes(words));
  expect(isPaused).toBe(true);
  expect(firstOf("its lease ran out")).toBeGreaterThanOrEqual(0);
  expect(firstOf("its lease ran out")).toBeLessThan(firstOf("segment published"));
  expect(await lab.blocks(job)).toEqual(chain.refs());
});

describe("a drain that an operator asks for in the worker's row", () => {
  test("ends it as a signal does: what is in hand is published, its jobs are handed over, it signs off and is left", async () => {
    const { chain, lab } = await startLab(20);
    const worker = await lab.start({ segmentIntervalMs: 60_000 });
    const job = await lab.deploy();
    await lab.untilBlock(job, 0);
    await database().prisma.worker.updateMany({ data: { draining: true } });
    await worker.left;
    expect(await lab.job(job)).toMatchObject({ status: "SCHEDULED", failures: 0, nextAttemptAt: null });
    expect(await lab.events(job)).toEqual(["SCHEDULED", "RUNNING", "HANDED_OVER", "SCHEDULED"]);
    expect(await findWorker(database(), "worker-1")).toMatchObject({ isAlive: false, signedOffAt: expect.any(Date) });
    await lab.start();
    expect(await findWorker(database(), "worker-1")).toMatchObject({ isAlive: true, draining: false });
    await lab.untilBlock(job, 19);
    expect(await lab.blocks(job)).toEqual(chain.refs());
  });

  test("may be followed by a signal", async () => {
    const { lab } = await startLab(3);
    const worker = await lab.start();
    await database().prisma.worker.updateMany({ data: { draining: true } });
    await Promise.all([worker.left, worker.drain(new AbortController().signal)]);
    expect(await findWorker(database(), "worker-1")).toMatchObject({ isAlive: false });
  });
});

test("of two workers with one node id the one that lost it claims nothing, until the other one has left", async () => {
  const { chain, lab } = await startLab(10);
  const { way, leases } = makeWay();
  const first = await lab.start({ leaseMs: LEASE_MS, leases });
  const incarnation = async () => (await findWorker(database(), "worker-1"))?.incarnation;
  const firstIncarnation = await incarnation();
  way.isDown = true;
  await expireLease(database(), { incarnation: firstIncarnation ?? "" });
  const second = await lab.start();
  const secondIncarnation = await incarnation();
  way.isDown = false;
  const jobs = [await lab.deploy({ endBlock: "9" }), await lab.deploy({ name: "other", endBlock: "9" })];
  for (const job of jobs) await lab.until(job, "COMPLETED");
  expect(first.running).toBe(0);
  const events = await database().prisma.jobEvent.findMany({ where: { type: "RUNNING" } });
  expect(events).toHaveLength(2);
  expect(await incarnation()).toBe(secondIncarnation);
  await second.drain(new AbortController().signal);
  await waitUntil("the first to have it again", async () => (await incarnation()) === firstIncarnation || undefined);
  const job = await lab.deploy({ name: "third", endBlock: "9" });
  await lab.until(job, "COMPLETED");
  expect(await lab.blocks(job)).toEqual(chain.refs());
});
