import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { S3Server, TEST_BUCKET, useTestCredentials } from "../../test/s3-server.ts";
import { startWorker, useDatabase } from "../../test/store-fixtures.ts";
import { makeFolder } from "../../test/write-tables.ts";
import { StorageFailingError } from "../domain/errors.ts";
import { openFolderStore } from "../extract/folder-store.ts";
import type { ObjectStore } from "../extract/object-store.ts";
import { openS3Store } from "../extract/s3-store.ts";
import { MARKER_PATH } from "../extract/store-marker.ts";
import { addFirstStore, confirmStore, listStores } from "../store/object-store.ts";
import { createLog } from "../telemetry/log.ts";
import { StoreWatch } from "./store-watch.ts";

const never = new AbortController().signal;

let server: S3Server;
let prefixes = 0;
beforeAll(async () => {
  useTestCredentials();
  server = await S3Server.start();
});
afterAll(() => server[Symbol.asyncDispose]());

async function openFolder(): Promise<ObjectStore> {
  return openFolderStore(await makeFolder());
}

async function openBucket(): Promise<ObjectStore> {
  prefixes += 1;
  const store = openS3Store({ bucket: TEST_BUCKET, prefix: `watch-${prefixes}`, endpoint: server.endpoint });
  onTestFinished(() => store.close());
  return store;
}

/** The same store with other methods. */
function replace(store: ObjectStore, methods: Partial<ObjectStore>): ObjectStore {
  return {
    root: store.root,
    put: (path, bytes, signal) => store.put(path, bytes, signal),
    get: (path, signal) => store.get(path, signal),
    delete: (path) => store.delete(path),
    list: (prefix) => store.list(prefix),
    ...methods,
  };
}

describe.each([
  ["folder", openFolder],
  ["s3", openBucket],
] as const)("a worker's watch over a store of kind %s", (_kind, open) => {
  const database = useDatabase("pglite");

  /** A watch of a worker that is registered, and what it logs. */
  async function watch(store: ObjectStore, nodeId = "worker-1") {
    const { incarnation } = await registerWithoutStore(nodeId);
    const lines: string[] = [];
    const log = createLog({ level: "info", destination: { write: (line) => lines.push(JSON.parse(line).msg) } });
    return { lines, watch: new StoreWatch({ database: database(), store, worker: { nodeId, incarnation }, log }) };
  }

  async function registerWithoutStore(nodeId: string) {
    const worker = await startWorker(database(), nodeId);
    await database().prisma.objectStore.deleteMany({ where: { location: "/files" } });
    return worker;
  }

  const look = async (store: ObjectStore, nodeId?: string) => (await watch(store, nodeId)).watch.id();
  const know = async (location: string, isMarked = true) => {
    const id = randomUUID();
    await addFirstStore(database(), { id, location, isMarked });
    return id;
  };
  const age = (seconds: number) =>
    database().prisma.$executeRaw`update object_store set created_at = now() - ${seconds} * interval '1 second'`;
  const mark = (store: ObjectStore, text: string) => store.put(MARKER_PATH, new TextEncoder().encode(text), never);
  const markWith = (store: ObjectStore, id: string) => mark(store, JSON.stringify({ id }));
  const markerOf = async (store: ObjectStore): Promise<unknown> =>
    JSON.parse(new TextDecoder().decode(await store.get(MARKER_PATH, never)));
  const objectsOf = (store: ObjectStore) => Array.fromAsync(store.list(""));
  const recorded = async (nodeId = "worker-1") =>
    (await database().prisma.worker.findUniqueOrThrow({ where: { nodeId } })).storeId;

  test("makes the first store of a database, with its marker, and says that the worker sees it", async () => {
    const store = await open();
    const { watch: first, lines } = await watch(store);
    const id = await first.id();
    expect(await markerOf(store)).toEqual({ id });
    expect(await listStores(database())).toMatchObject([{ id, location: store.root, isMarked: true }]);
    expect(await recorded()).toBe(id);
    expect(await first.require()).toBe(id);
    expect(lines).toEqual([]);
  });

  test("makes one store when many workers are first at once", async () => {
    const store = await open();
    const watches = [];
    for (const nodeId of ["a", "b", "c", "d"]) watches.push((await watch(store, nodeId)).watch);
    const ids = await Promise.all(watches.map((one) => one.id()));
    const [made] = await listStores(database());
    expect(await listStores(database())).toMatchObject([{ isMarked: true }]);
    expect(await markerOf(store)).toEqual({ id: made?.id });
    // Those who came while it was made look again later.
    expect(ids.filter((id) => id !== undefined && id !== made?.id)).toEqual([]);
    expect(ids).toContain(made?.id);
    expect(await look(store, "e")).toBe(made?.id);
  });

  test("heals a maker that died between the row and the marker, once it is late, at a root of the same name", async () => {
    const store = await open();
    const id = await know(store.root, false);
    expect(await look(store)).toBeUndefined();
    expect(await objectsOf(store)).toEqual([]);
    await age(11);
    expect(await look(store)).toBe(id);
    expect(await markerOf(store)).toEqual({ id });
    expect(await listStores(database())).toMatchObject([{ id, isMarked: true }]);
  });

  test("makes nothing while a store at another place is about to be made, however late that is", async () => {
    const store = await open();
    await know("/elsewhere", false);
    await age(60);
    expect(await look(store)).toBeUndefined();
    expect(await objectsOf(store)).toEqual([]);
    expect(await recorded()).toBeNull();
  });

  test("heals a maker that died between the marker and the row's mark, wherever it is mounted", async () => {
    const store = await open();
    const id = await know("/elsewhere", false);
    await markWith(store, id);
    expect(await look(store)).toBe(id);
    expect(await listStores(database())).toMatchObject([{ id, location: "/elsewhere", isMarked: true }]);
  });

  test("tries again after a marker that could not be written, under the same id", async () => {
    const store = await open();
    let isFull = true;
    const full = replace(store, {
      put: async (path, bytes, signal) => {
        if (isFull) throw new StorageFailingError(`could not write '${path}': ENOSPC`, { path });
        await store.put(path, bytes, signal);
      },
    });
    const { watch: first, lines } = await watch(full);
    expect(await first.id()).toBeUndefined();
    expect(lines).toEqual([`worker claims nothing: could not write '${MARKER_PATH}': ENOSPC`]);
    const [made] = await listStores(database());
    isFull = false;
    await expect(first.check(made?.id ?? "")).rejects.toThrow(StorageFailingError);
    expect(await first.id()).toBe(made?.id);
  });

  test("adopts the store that a new database finds", async () => {
    const store = await open();
    const id = randomUUID();
    await markWith(store, id.toUpperCase());
    expect(await look(store)).toBe(id);
    expect(await listStores(database())).toMatchObject([{ id, location: store.root, isMarked: true }]);
  });

  test("knows the store at another mount path by its marker", async () => {
    const store = await open();
    const id = await know("/as/the/maker/saw/it");
    await markWith(store, id);
    expect(await look(store)).toBe(id);
    expect(await listStores(database())).toMatchObject([{ location: "/as/the/maker/saw/it" }]);
  });

  test("sees nothing in an empty root, makes nothing there, says so once, and sees the store as soon as it is back", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const store = await open();
    const id = await know("/mnt/files");
    const { watch: mountless, lines } = await watch(store);
    for (let looks = 0; looks < 3; looks += 1) {
      expect(await mountless.id()).toBeUndefined();
      vi.advanceTimersByTime(3_001);
    }
    await expect(mountless.require()).rejects.toThrow(StorageFailingError);
    expect(await objectsOf(store)).toEqual([]);
    expect(await recorded()).toBeNull();
    expect(lines).toEqual([
      `worker claims nothing: ${store.root} holds no marker '${MARKER_PATH}', and the database expects store ${id} (made as /mnt/files): mount that folder there, or name its place with --storage-url`,
    ]);
    await markWith(store, id);
    vi.advanceTimersByTime(3_001);
    expect(await mountless.id()).toBe(id);
    expect(await recorded()).toBe(id);
    expect(lines.slice(1)).toEqual(["the store of the files is seen"]);
  });

  test.each([
    ["of a store that the database does not know", JSON.stringify({ id: randomUUID() })],
    ["that is no JSON", "PAR1"],
    ["that is empty", ""],
    ["whose id is no UUID", '{"id":"files"}'],
  ])("sees nothing behind a marker %s, and leaves it as it is", async (_what, text) => {
    const store = await open();
    await know("/mnt/files");
    await mark(store, text);
    const { watch: mislead, lines } = await watch(store);
    expect(await mislead.id()).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(new TextDecoder().decode(await store.get(MARKER_PATH, never))).toBe(text);
    expect(await objectsOf(store)).toHaveLength(1);
  });

  test("notices at once, when asked to check, that the marker is gone or another one", async () => {
    const store = await open();
    const { watch: one } = await watch(store);
    const id = await one.require();
    await one.check(id);
    await store.delete(MARKER_PATH);
    await expect(one.check(id)).rejects.toMatchObject({
      code: "STORAGE_FAILING",
      fields: { expected: id, found: null },
    });
    expect(await one.id()).toBeUndefined();
    await markWith(store, randomUUID());
    await expect(one.check(id)).rejects.toThrow(StorageFailingError);
  });

  test("ends a check with the signal's reason where the store hangs", async () => {
    const store = replace(await open(), { get: () => new Promise<never>(() => {}) });
    const { watch: one } = await watch(store);
    const stop = new AbortController();
    const checking = one.check(randomUUID(), stop.signal);
    const reason = new Error("stop");
    stop.abort(reason);
    await expect(checking).rejects.toBe(reason);
  });

  test("sees nothing while the store fails", async () => {
    const failing = replace(await open(), { get: () => Promise.reject(new StorageFailingError("the store is down")) });
    const { watch: one, lines } = await watch(failing);
    expect(await one.id()).toBeUndefined();
    expect(lines).toEqual(["worker claims nothing: the store is down"]);
    expect(await listStores(database())).toEqual([]);
  });

  test("takes no store that was forgotten while its marker was written", async () => {
    const store = await open();
    const forgetful = replace(store, {
      put: async (path, bytes, signal) => {
        await database().prisma.objectStore.deleteMany();
        await store.put(path, bytes, signal);
      },
    });
    const { watch: one } = await watch(forgetful);
    expect(await one.id()).toBeUndefined();
    const id = await look(store, "worker-2");
    expect(await markerOf(store)).toEqual({ id });
    expect(await confirmStore(database(), id ?? "")).toBe(true);
  });
});
