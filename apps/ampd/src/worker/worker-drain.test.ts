import { expect, test } from "vitest";
import { useDatabase } from "../../test/store-fixtures.ts";
import { holdPuts, withPut } from "../../test/worker/holding-store.ts";
import { asksFrom, startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, waitUntil } from "../../test/worker/worker-lab.ts";
import { findWorker } from "../store/worker.ts";

const database = useDatabase("pglite");
const patient = new AbortController().signal;

async function startLab(blocks: number) {
  const chain = await startScriptedChain(blocks);
  const lab = await openLab(database());
  await lab.provide(chain.url);
  return { chain, lab };
}

test("a drain publishes what is in hand, hands over without a back-off, and the next worker goes on at once", async () => {
  const { chain, lab } = await startLab(20);
  const first = await lab.start({ segmentIntervalMs: 60_000 });
  const job = await lab.deploy();
  await lab.untilBlock(job, 0);
  await waitUntil("the last block", () => chain.server.calls.find(asksFrom(19)));
  await waitUntil("a poll of the head", () => chain.server.calls.at(-1)?.params[0] === "latest" || undefined);
  await first.drain(patient);
  expect(await lab.job(job)).toMatchObject({ status: "SCHEDULED", attempt: 1, failures: 0, nextAttemptAt: null });
  expect(await lab.events(job)).toEqual(["SCHEDULED", "RUNNING", "HANDED_OVER", "SCHEDULED"]);
  expect(await findWorker(database(), "worker-1")).toMatchObject({ isAlive: false, signedOffAt: expect.any(Date) });
  expect(await lab.blocks(job)).toEqual(chain.refs());

  chain.grow(5);
  await lab.start({ nodeId: "worker-2" });
  await lab.untilBlock(job, 24);
  expect(await lab.job(job)).toMatchObject({ status: "RUNNING", attempt: 2, nodeId: "worker-2" });
  expect(await lab.blocks(job)).toEqual(chain.refs());
  expect(await lab.registered()).toEqual(await lab.objects());
});

test("a drain does not wait for an endpoint that is silent", async () => {
  const { chain, lab } = await startLab(20);
  chain.isSilent = () => true;
  const worker = await lab.start();
  const job = await lab.deploy();
  await waitUntil("the endpoint to be asked", () => chain.server.calls.at(0));
  const startMs = performance.now();
  await worker.drain(patient);
  expect(performance.now() - startMs).toBeLessThan(2_000);
  expect(await lab.job(job)).toMatchObject({ status: "SCHEDULED", failures: 0 });
});

test("a worker that drains claims nothing", async () => {
  const { lab } = await startLab(3);
  const worker = await lab.start();
  await worker.drain(patient);
  const job = await lab.deploy({ endBlock: "2" });
  await lab.start({ nodeId: "worker-2" });
  expect(await lab.until(job, "COMPLETED")).toMatchObject({ nodeId: "worker-2", attempt: 1 });
});

test("a drain does not wait for a sweep whose delete hangs", async () => {
  const { lab } = await startLab(3);
  const hung = Promise.withResolvers<void>();
  const remove = () => {
    hung.resolve();
    return new Promise<never>(() => {});
  };
  const job = await lab.deploy({ endBlock: "2" });
  const first = await lab.start();
  await lab.until(job, "COMPLETED");
  await first.drain(patient);
  const { tableId } = await database().prisma.tableFile.findFirstOrThrow();
  await database().prisma.pendingFile.create({
    data: { tableId, name: "stray", jobNumber: 999n, attempt: 1, strayAt: new Date(0) },
  });
  const worker = await lab.start({ store: { ...withPut(lab.store, lab.store.put), delete: remove } });
  await hung.promise;
  const startMs = performance.now();
  await worker.drain(patient);
  expect(performance.now() - startMs).toBeLessThan(2_000);
  expect(await findWorker(database(), "worker-1")).toMatchObject({ isAlive: false });
});

test("a stop that was asked for before the drain is carried out by it", async () => {
  const { chain, lab } = await startLab(20);
  const { store, held, release } = holdPuts(lab.store);
  const worker = await lab.start({ store });
  const job = await lab.deploy({ endBlock: "19" });
  await held;
  await lab.stop(job);
  const drained = worker.drain(patient);
  release();
  await drained;
  expect((await lab.job(job)).status).toBe("STOPPED");
  expect(await lab.blocks(job)).toEqual(chain.refs(0, 0));
});

test.each(["the deadline", "a signal"])(
  "%s ends a drain that a hung disk holds up; its job is handed over",
  async (by) => {
    const { lab } = await startLab(20);
    const { store, held, release } = holdPuts(lab.store);
    const worker = await lab.start({ store, drainDeadlineMs: by === "a signal" ? 60_000 : 300 });
    const job = await lab.deploy({ endBlock: "19" });
    await held;
    const force = new AbortController();
    const first = worker.drain(patient);
    const second = worker.drain(force.signal);
    if (by === "a signal") force.abort();
    await Promise.all([first, second]);
    expect(await lab.job(job)).toMatchObject({ status: "SCHEDULED", failures: 0 });
    expect(await findWorker(database(), "worker-1")).toMatchObject({ isAlive: false });

    // The disk comes back: the fence refuses what the dropped attempt goes on with.
    release();
    await lab.start({ nodeId: "worker-2" });
    await lab.until(job, "COMPLETED");
    expect(await lab.ranges(job)).toEqual(["0–0", "1–19"]);
  },
);

test("a drained worker leaves nothing behind that keeps the process alive", async () => {
  const { lab } = await startLab(3);
  const before = handles();
  const worker = await lab.start();
  await lab.until(await lab.deploy({ endBlock: "2" }), "COMPLETED");
  await worker.drain(patient);
  await waitUntil("threads and timers to end", () => handles() <= before || undefined);
});

/** Threads and timers; connections that `fetch` keeps do not count. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => ["MessagePort", "Worker", "Timeout"].includes(name)).length;
}
