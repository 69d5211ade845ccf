import { expect, test, vi } from "vitest";
import { ACTOR, open, publish, STORE, startJob, takeAll, useDatabase } from "../../test/store-fixtures.ts";
import { makeFolder } from "../../test/write-tables.ts";
import { StorageFailingError } from "../domain/errors.ts";
import { openFolderStore } from "../extract/folder-store.ts";
import type { ObjectStore } from "../extract/object-store.ts";
import { completeJob } from "../store/job-own.ts";
import { tablePath } from "../store/table.ts";
import { createLog } from "../telemetry/log.ts";
import { type Sweeping, sweep } from "./sweep.ts";

const database = useDatabase("pglite");
const never = new AbortController().signal;

/** A sweep of a store in a folder, of an instant's grace and retention unless told otherwise. */
async function prepare(changes: Partial<Sweeping> = {}): Promise<Sweeping> {
  const store = openFolderStore(await makeFolder());
  const log = createLog({ level: "silent" });
  const checkStore = async () => {};
  const rules = { graceMs: 0, fileRetentionMs: 0 };
  return { database: database(), store, storeId: STORE.id, checkStore, log, signal: never, ...rules, ...changes };
}

const pending = async () => (await database().prisma.pendingFile.findMany()).map(({ name }) => name);

/** An attempt that is over, one of whose files lies in the store. */
async function leaveStray({ store }: Sweeping) {
  const { owner } = await startJob(database());
  const tables = await takeAll(database(), owner, ["logs"]);
  const [stray] = await open(database(), owner, { tables, span: { start: 0, end: 9 } });
  if (stray === undefined) throw new Error("a file is recorded");
  const path = `${tablePath(stray.table)}/${stray.file.name}`;
  await store.put(path, new Uint8Array(1), never);
  await completeJob(database(), owner, ACTOR);
  return { path, name: stray.file.name };
}

test("forgets no file whose object it sought in an empty folder: the store's mount went meanwhile", async () => {
  let isMounted = true;
  const sweeping = await prepare({
    checkStore: async () => {
      if (!isMounted) throw new StorageFailingError("the marker is gone");
    },
  });
  const { name } = await leaveStray(sweeping);
  isMounted = false;
  await expect(sweep(sweeping)).rejects.toThrow("the marker is gone");
  expect(await pending()).toEqual([name]);
  isMounted = true;
  expect(await sweep(sweeping)).toBe(1);
  expect(await pending()).toEqual([]);
});

test("waits for the grace since the attempt was seen to be over", async () => {
  const sweeping = await prepare({ graceMs: 60_000 });
  const { path } = await leaveStray(sweeping);
  expect(await sweep(sweeping)).toBe(0);
  await database().prisma.$executeRaw`update pending_file set created_at = created_at - interval '2 minutes'`;
  expect(await sweep(sweeping)).toBe(0);
  expect(await sweeping.store.get(path, never)).toHaveLength(1);
  await database().prisma.$executeRaw`update pending_file set stray_at = stray_at - interval '2 minutes'`;
  expect(await sweep(sweeping)).toBe(1);
  await expect(sweeping.store.get(path, never)).rejects.toThrow(StorageFailingError);
});

test("deletes more files than fit one batch, retired and stray, and leaves those of the chain", async () => {
  const sweeping = await prepare();
  const { owner } = await startJob(database());
  const tables = await takeAll(database(), owner, ["logs"]);
  const chain = await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
  const tableId = chain[0]?.table.id ?? 0n;
  const passed = await database().prisma.tableFile.findFirstOrThrow();
  const { id: _, ...columns } = passed;
  await database().prisma.tableFile.createMany({
    data: Array.from({ length: 250 }, (_, index) => ({ ...columns, name: `old-${index}`, canonical: false })),
  });
  await database().prisma.pendingFile.createMany({
    data: Array.from({ length: 150 }, (_, index) => ({ tableId, name: `s-${index}`, jobNumber: 999n, attempt: 1 })),
  });
  expect(await sweep(sweeping)).toBe(400);
  expect(await pending()).toEqual([]);
  expect(await database().prisma.tableFile.findMany()).toEqual([passed]);
});

/** So many files of an attempt that is over, the first the oldest. */
async function recordStrays(count: number) {
  const { owner } = await startJob(database());
  const [table] = await publish(database(), owner, {
    tables: await takeAll(database(), owner, ["logs"]),
    span: { start: 0, end: 9 },
  });
  const tableId = table?.table.id ?? 0n;
  await database().prisma.pendingFile.createMany({
    data: Array.from({ length: count }, (_, index) => ({
      tableId,
      name: `s-${index}`,
      jobNumber: 999n,
      attempt: 1,
      strayAt: new Date(index),
    })),
  });
}

test.each([0, 60_000])(
  "goes on with later files where a whole batch cannot be deleted, with a grace of %s",
  async (graceMs) => {
    const { store } = await prepare();
    const isRefused = (path: string) => Number(path.split("s-").at(-1)) < 100;
    const remove = vi.fn(async (path: string) => {
      if (isRefused(path)) throw new StorageFailingError("the store refuses");
    });
    const sweeping = await prepare({ graceMs, store: { ...bind(store), delete: remove } });
    await recordStrays(130);
    await expect(sweep(sweeping)).rejects.toThrow("100 files could not be deleted");
    await sweep(sweeping).catch(() => undefined);
    const left = await pending();
    expect(left).toHaveLength(100);
    expect(left.every(isRefused)).toBe(true);
  },
);

test("one file that cannot be deleted is told after the others are gone", async () => {
  const { store } = await prepare();
  const remove = async (path: string) => {
    if (path.endsWith("s-0")) throw new StorageFailingError("the store refuses");
  };
  const sweeping = await prepare({ store: { ...bind(store), delete: remove } });
  await recordStrays(130);
  await expect(sweep(sweeping)).rejects.toThrow("1 files could not be deleted");
  expect(await pending()).toEqual(["s-0"]);
});

test("an abort ends it while a delete hangs; nothing is forgotten", async () => {
  const { store } = await prepare();
  const stop = new AbortController();
  const remove = vi.fn(() => {
    stop.abort();
    return new Promise<never>(() => {});
  });
  const sweeping = await prepare({ signal: stop.signal, store: { ...bind(store), delete: remove } });
  await recordStrays(3);
  await expect(sweep(sweeping)).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
  expect(remove).toHaveBeenCalledTimes(1);
  expect(await pending()).toHaveLength(3);
});

/** The store's methods, to be replaced one by one. */
function bind(store: ObjectStore): ObjectStore {
  return {
    root: store.root,
    put: (path, bytes, signal) => store.put(path, bytes, signal),
    get: (path, signal) => store.get(path, signal),
    delete: (path) => store.delete(path),
    list: (prefix) => store.list(prefix),
  };
}
