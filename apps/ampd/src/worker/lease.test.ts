import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test, vi } from "vitest";
import { expireLease, useDatabase } from "../../test/store-fixtures.ts";
import { withOutages } from "../../test/worker/failing-database.ts";
import type { Database } from "../store/database.ts";
import { findWorker, markDraining, signOffWorker } from "../store/worker.ts";
import { Lease } from "./lease.ts";

const database = useDatabase("pglite");

function makeLease({ leaseMs = 60_000, way = database() }: { leaseMs?: number; way?: Database } = {}) {
  const identity = { nodeId: "worker-1", incarnation: randomUUID() };
  const onLost = vi.fn<(why: string) => void>();
  const onDrain = vi.fn();
  const onHeld = vi.fn();
  const registration = { ...identity, leaseMs, capacity: 1, version: "1.0.0" };
  const lease = new Lease({ database: way, registration, onHeld, onLost, onDrain });
  onTestFinished(() => lease.stop());
  return { lease, identity, onHeld, onLost, onDrain };
}

/** Nothing else of the process runs meanwhile, as when it is paused. */
function pause(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs);
}

test("a lease that is not renewed is lost when its time is over, by itself and once", async () => {
  const { lease, onLost } = makeLease({ leaseMs: 300 });
  const startMs = performance.now();
  expect(await lease.take(false)).toBe(true);
  expect(lease.isHeld).toBe(true);
  await vi.waitFor(() => expect(onLost).toHaveBeenCalled(), { interval: 5 });
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(300);
  expect(lease.isHeld).toBe(false);
  expect(onLost.mock.calls).toEqual([["its lease ran out"]]);
});

test("a lease that is renewed in time is not lost", async () => {
  const { lease, onLost } = makeLease({ leaseMs: 1_000 });
  await lease.take(false);
  const endMs = performance.now() + 1_500;
  while (performance.now() < endMs) await lease.renew();
  expect(onLost).not.toHaveBeenCalled();
});

test("a process that was paused loses its lease at the first look, before any timer", async () => {
  const { lease, onHeld, onLost } = makeLease({ leaseMs: 200 });
  await lease.take(false);
  lease.check();
  expect(onLost).not.toHaveBeenCalled();
  expect(onHeld).toHaveBeenCalledTimes(1);
  pause(250);
  lease.check();
  expect(onLost).toHaveBeenCalledTimes(1);
  await lease.renew();
  expect(lease.isHeld).toBe(true);
  expect(onHeld).toHaveBeenCalledTimes(2);
  expect(onLost).toHaveBeenCalledTimes(1);
});

test("an answer that came later than the lease lasts is no lease", async () => {
  const slow: Database = {
    ...database(),
    prisma: new Proxy(database().prisma, {
      get: (target, name) =>
        name === "$queryRaw"
          ? async (...statement: Parameters<Database["prisma"]["$queryRaw"]>) => {
              const answer = await target.$queryRaw(...statement);
              pause(250);
              return answer;
            }
          : Reflect.get(target, name, target),
    }),
  };
  const { lease } = makeLease({ leaseMs: 200, way: slow });
  expect(await lease.take(false)).toBe(true);
  expect(lease.isHeld).toBe(false);
});

test("a database that fails costs the lease when its time is over, and gives it back afterwards", async () => {
  let isDown = false;
  const { lease, onLost } = makeLease({ leaseMs: 300, way: withOutages(database(), () => isDown) });
  await lease.take(false);
  isDown = true;
  await expect(lease.renew()).rejects.toThrow();
  expect(lease.isHeld).toBe(true);
  await vi.waitFor(() => expect(onLost).toHaveBeenCalled(), { interval: 5 });
  isDown = false;
  await lease.renew();
  expect(lease.isHeld).toBe(true);
});

test("of two that have one node id, who finds the other one on the row stops, and does not fight for it", async () => {
  const [first, second] = [makeLease(), makeLease()];
  expect(await first.lease.take(false)).toBe(true);
  expect(await second.lease.take(false)).toBe(false);
  await expireLease(database(), first.identity);
  expect(await second.lease.take(false)).toBe(true);
  for (let beat = 0; beat < 3; beat += 1) {
    await first.lease.renew();
    await second.lease.renew();
  }
  expect(first.onLost.mock.calls).toEqual([["another process has its node id"]]);
  expect([first.lease.isHeld, second.lease.isHeld]).toEqual([false, true]);
  await signOffWorker(database(), second.identity);
  await first.lease.renew();
  expect(first.lease.isHeld).toBe(true);
  expect((await findWorker(database(), "worker-1"))?.incarnation).toBe(first.identity.incarnation);
});

test("a row that is gone is taken again, and nothing is lost", async () => {
  const { lease, onLost } = makeLease();
  await lease.take(false);
  await database().prisma.worker.deleteMany();
  await lease.renew();
  expect(lease.isHeld).toBe(true);
  expect(onLost).not.toHaveBeenCalled();
});

test("a drain that somebody asks for in the row is told", async () => {
  const { lease, identity, onDrain } = makeLease();
  await lease.take(false);
  await lease.renew();
  expect(onDrain).not.toHaveBeenCalled();
  await markDraining(database(), identity);
  await lease.renew();
  expect(onDrain).toHaveBeenCalled();
});

test("a lease that was stopped leaves no timer, and is lost in silence", async () => {
  const { lease, onLost } = makeLease({ leaseMs: 100 });
  await lease.take(false);
  lease.stop();
  pause(150);
  lease.check();
  expect(onLost).not.toHaveBeenCalled();
});
