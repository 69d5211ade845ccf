import { mkdir, rename } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { useDatabase } from "../../test/store-fixtures.ts";
import { openLab } from "../../test/worker/worker-lab.ts";

const database = useDatabase("pglite");
const patient = new AbortController().signal;
const PATIENCE = { timeout: 15_000, interval: 20 };

const watchStatus = () => vi.fn<(reason: string | undefined) => void>();

test("a worker says that it sees no store, and takes it back when the store is there again", async () => {
  const lab = await openLab(database());
  const onStatus = watchStatus();
  await lab.start({ onStatus });
  const isSeen = async () => (await database().prisma.worker.findFirst())?.storeId;
  await vi.waitFor(async () => expect(await isSeen()).toEqual(expect.any(String)), PATIENCE);
  expect(onStatus).not.toHaveBeenCalled();
  const away = `${lab.store.root}-away`;
  await rename(lab.store.root, away);
  await mkdir(lab.store.root);
  const reason = "the worker does not see the store of the files";
  await vi.waitFor(() => expect(onStatus.mock.calls).toEqual([[reason]]), PATIENCE);
  await rename(away, lab.store.root);
  await vi.waitFor(() => expect(onStatus.mock.calls).toEqual([[reason], [undefined]]), PATIENCE);
});

test("a worker says that it waits for its node id, and that it is drained", async () => {
  const lab = await openLab(database());
  const first = await lab.start();
  const onStatus = watchStatus();
  const starting = lab.start({ onStatus });
  const waits = "the worker waits for its node id: another process has it";
  await vi.waitFor(() => expect(onStatus.mock.calls).toEqual([[waits]]), PATIENCE);
  await first.drain(patient);
  const second = await starting;
  expect(onStatus.mock.calls).toEqual([[waits], [undefined]]);
  await database().prisma.worker.updateMany({ data: { draining: true } });
  await second.left;
  expect(onStatus.mock.calls.slice(2)).toEqual([
    ["the worker of this process is draining"],
    ["the worker of this process was drained"],
  ]);
});

test("a worker says that its lease ran out, until it is held again", async () => {
  const lab = await openLab(database());
  const onStatus = watchStatus();
  // Shorter than the time between two heartbeats.
  await lab.start({ onStatus, leaseMs: 300 });
  const lost = "the worker has no lease: its lease ran out";
  await vi.waitFor(() => expect(onStatus.mock.calls.slice(0, 2)).toEqual([[lost], [undefined]]), PATIENCE);
});
