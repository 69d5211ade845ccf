import { randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { databaseNow, expireLease, startWorker, useDatabase } from "../../test/store-fixtures.ts";
import { WorkerNotFoundError } from "../domain/errors.ts";
import {
  findWorker,
  markDraining,
  type Registration,
  registerWorker,
  renewLease,
  requestDrain,
  signOffWorker,
} from "./worker.ts";

function newcomer(changes: Partial<Registration> = {}): Registration {
  return {
    nodeId: "worker-1",
    incarnation: randomUUID(),
    leaseMs: 10_000,
    capacity: 8,
    version: "2.0.0",
    takeOver: false,
    ...changes,
  };
}

describe.each(DIALECTS)("a worker on %s", (dialect) => {
  const database = useDatabase(dialect);

  const holder = async () => (await findWorker(database(), "worker-1"))?.incarnation;

  test("is asked to drain once, and starts anew with another process", async () => {
    const worker = await startWorker(database());
    const before = await findWorker(database(), "worker-1");
    const asked = { worker: { ...before, draining: true }, changed: true };
    expect(await requestDrain(database(), "worker-1")).toEqual(asked);
    expect(await renewLease(database(), worker, 10_000)).toEqual({ draining: true });
    expect(await requestDrain(database(), "worker-1")).toMatchObject({ worker: { draining: true }, changed: false });
    await registerWorker(database(), newcomer({ takeOver: true }));
    expect(await findWorker(database(), "worker-1")).toMatchObject({ draining: false });
  });

  test.each([
    ["has signed off", signOffWorker],
    ["has lost its lease", expireLease],
  ])("that %s is not asked to drain", async (_, leave) => {
    await leave(database(), await startWorker(database()));
    expect(await requestDrain(database(), "worker-1")).toMatchObject({ worker: { draining: false }, changed: false });
  });

  test("that nobody knows cannot be asked to drain", async () => {
    await startWorker(database());
    await expect(requestDrain(database(), "worker-2")).rejects.toThrow(WorkerNotFoundError);
    expect(await findWorker(database(), "worker-1")).toMatchObject({ draining: false });
  });

  test("registers under an id that is free, with a lease from now on", async () => {
    const worker = newcomer();
    expect(await registerWorker(database(), worker)).toBe(true);
    const { nodeId, incarnation } = worker;
    const row = await findWorker(database(), "worker-1");
    expect(row).toMatchObject({ nodeId, incarnation, capacity: 8, version: "2.0.0", draining: false });
    expect(row?.signedOffAt).toBeNull();
    expect((row?.leaseUntil.getTime() ?? 0) - (row?.heartbeatAt.getTime() ?? 0)).toBe(10_000);
  });

  test("waits while the lease of another incarnation lives", async () => {
    const old = await startWorker(database());
    const worker = newcomer();
    expect(await registerWorker(database(), worker)).toBe(false);
    expect(await holder()).toBe(old.incarnation);
    expect(await renewLease(database(), worker, 10_000)).toBeUndefined();
    expect(await renewLease(database(), old, 10_000)).toEqual({ draining: false });
  });

  test.each([
    ["once the old lease is over", async (old: { incarnation: string }) => expireLease(database(), old), false],
    ["once the old one has signed off", async (old: Registration) => signOffWorker(database(), old), false],
    ["at once when no other process can have its id", async () => {}, true],
  ])("takes over %s", async (_, leave, takeOver) => {
    const old = newcomer({ version: "1.0.0" });
    await registerWorker(database(), old);
    await markDraining(database(), old);
    await leave(old);
    const worker = newcomer({ takeOver });
    expect(await registerWorker(database(), worker)).toBe(true);
    const row = await findWorker(database(), "worker-1");
    expect(row).toMatchObject({
      incarnation: worker.incarnation,
      version: "2.0.0",
      draining: false,
      signedOffAt: null,
    });
    expect(await renewLease(database(), old, 10_000)).toBeUndefined();
    expect(await renewLease(database(), worker, 10_000)).toEqual({ draining: false });
  });

  test("may say twice that it is here, as after an answer that was lost", async () => {
    const worker = newcomer();
    await registerWorker(database(), worker);
    expect(await registerWorker(database(), worker)).toBe(true);
  });

  test("of two newcomers that register at once one gets the id", async () => {
    await expireLease(database(), await startWorker(database()));
    const newcomers = Array.from({ length: 8 }, () => newcomer());
    const answers = await Promise.all(newcomers.map((worker) => registerWorker(database(), worker)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await holder()).toBe(newcomers[answers.indexOf(true)]?.incarnation);
  });

  test("renews its lease from the database's time, also after it was late", async () => {
    const worker = await startWorker(database());
    await expireLease(database(), worker);
    const before = await databaseNow(database());
    expect(await renewLease(database(), worker, 30_000)).toEqual({ draining: false });
    const row = await findWorker(database(), "worker-1");
    expect(row?.leaseUntil.getTime()).toBeGreaterThanOrEqual(before + 30_000 - 1);
    expect(row?.leaseUntil.getTime()).toBeLessThanOrEqual((await databaseNow(database())) + 30_000);
  });

  test("that has signed off holds no lease, and cannot renew it", async () => {
    const worker = await startWorker(database());
    await signOffWorker(database(), worker);
    const row = await findWorker(database(), "worker-1");
    expect(row?.leaseUntil).toEqual(row?.signedOffAt);
    expect(await renewLease(database(), worker, 10_000)).toBeUndefined();
  });

  test("signs off and drains nobody but itself", async () => {
    const old = newcomer();
    await registerWorker(database(), old);
    const worker = newcomer({ takeOver: true });
    await registerWorker(database(), worker);
    const before = await findWorker(database(), "worker-1");
    await signOffWorker(database(), old);
    await markDraining(database(), old);
    expect(await findWorker(database(), "worker-1")).toEqual(before);
    await markDraining(database(), worker);
    expect(await findWorker(database(), "worker-1")).toEqual({ ...before, draining: true });
    expect(await renewLease(database(), worker, 10_000)).toEqual({ draining: true });
  });

  test("stands in the list by its id; an unknown one is not found", async () => {
    for (const nodeId of ["b", "a", "c"]) await startWorker(database(), nodeId);
    expect(
      (await database().prisma.worker.findMany({ orderBy: { nodeId: "asc" } })).map(({ nodeId }) => nodeId),
    ).toEqual(["a", "b", "c"]);
    expect(await findWorker(database(), "d")).toBeNull();
  });
});

// PGlite lives in the process and shares its clock.
describe("a worker whose clock is an hour off", () => {
  const database = useDatabase("postgres");

  test.each([-3_600_000, 3_600_000])("by %i ms has the lease of any other", async (offset) => {
    const worker = newcomer();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + offset });
    onTestFinished(() => void vi.useRealTimers());
    await registerWorker(database(), worker);
    await renewLease(database(), worker, 10_000);
    const row = await findWorker(database(), "worker-1");
    const now = await databaseNow(database());
    expect(row?.leaseUntil.getTime()).toBeGreaterThan(now);
    expect(row?.leaseUntil.getTime()).toBeLessThanOrEqual(now + 10_000);
    expect(row?.createdAt.getTime()).toBeLessThanOrEqual(now);
  });
});
