import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { S3Server, TEST_BUCKET, useTestCredentials } from "../../test/s3-server.ts";
import { makeFolder } from "../../test/write-tables.ts";
import { InvalidArgumentError, ObjectMissingError } from "../domain/errors.ts";
import { openFolderStore } from "./folder-store.ts";
import type { ObjectStore, OpenedStore } from "./object-store.ts";
import { openS3Store } from "./s3-store.ts";

/** An empty store, and a quick way to fill it with empty objects. */
type Fixture = { readonly store: OpenedStore; readonly seed: (paths: readonly string[]) => Promise<void> };

const never = new AbortController().signal;
const bytes = new TextEncoder().encode("PAR1");
const MEBIBYTE = 1024 * 1024;

let server: S3Server;
let stores = 0;
beforeAll(async () => {
  useTestCredentials();
  server = await S3Server.start();
});
afterAll(() => server[Symbol.asyncDispose]());

async function openFolder(): Promise<Fixture> {
  const root = await makeFolder();
  const seed = async (paths: readonly string[]) => {
    for (const path of paths) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), "");
    }
  };
  return { store: openFolderStore(root), seed };
}

async function openBucket(): Promise<Fixture> {
  stores += 1;
  const prefix = `store-${stores}`;
  // 12 MiB is more than one request takes, and three parts.
  const limits = { maxPutBytes: 8 * MEBIBYTE, partBytes: 5 * MEBIBYTE };
  const store = openS3Store({ bucket: TEST_BUCKET, prefix, endpoint: server.endpoint }, limits);
  onTestFinished(() => store.close());
  return { store, seed: (paths) => server.seed(paths.map((path) => `${prefix}/${path}`)) };
}

async function listAll(store: ObjectStore, prefix = ""): Promise<string[]> {
  return (await Array.fromAsync(store.list(prefix))).map(({ path, sizeBytes }) => `${path} ${sizeBytes}`).sort();
}

function randomBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 2_654_435_761) >>> 24);
}

describe.each([
  ["folder", openFolder],
  ["s3", openBucket],
] as const)("a store of kind %s", (_kind, open) => {
  test("gives back what was put, at its path below the root", async () => {
    const { store } = await open();
    await store.put("ns/eth/blocks/1.parquet", bytes, never);
    expect(await store.get("ns/eth/blocks/1.parquet", never)).toEqual(bytes);
    expect(await listAll(store)).toEqual(["ns/eth/blocks/1.parquet 4"]);
  });

  test("lets a second put take the place of the first", async () => {
    const { store } = await open();
    await store.put("a", bytes, never);
    await store.put("a", new Uint8Array([1]), never);
    expect(await store.get("a", never)).toEqual(new Uint8Array([1]));
  });

  test("takes a file of no bytes", async () => {
    const { store } = await open();
    await store.put("empty", new Uint8Array(), never);
    expect(await store.get("empty", never)).toEqual(new Uint8Array());
    expect(await listAll(store)).toEqual(["empty 0"]);
  });

  test.each([1, 12])("gives back a file of %i MiB, byte for byte", async (mebibytes) => {
    const { store } = await open();
    const file = randomBytes(mebibytes * MEBIBYTE + 1);
    await store.put("large", file, never);
    expect(Buffer.compare(await store.get("large", never), file)).toBe(0);
    expect(await listAll(store)).toEqual([`large ${file.length}`]);
  });

  test("takes bytes from the middle of a buffer", async () => {
    const { store } = await open();
    await store.put("a", new Uint8Array([9, 1, 2, 9]).subarray(1, 3), never);
    expect(await store.get("a", never)).toEqual(new Uint8Array([1, 2]));
  });

  test("takes many puts into one new folder at once", async () => {
    const { store } = await open();
    const paths = Array.from({ length: 20 }, (_, index) => `deep/er/${index}`);
    await Promise.all(paths.map((path, index) => store.put(path, new Uint8Array([index]), never)));
    expect(await listAll(store)).toEqual(paths.map((path) => `${path} 1`).sort());
    expect(await store.get("deep/er/7", never)).toEqual(new Uint8Array([7]));
  });

  test("has deleted what is asked twice, and what never was", async () => {
    const { store } = await open();
    await store.put("a/b", bytes, never);
    await store.delete("a/b");
    await store.delete("a/b");
    await store.delete("no/such/thing");
    expect(await listAll(store)).toEqual([]);
  });

  test("lists by a prefix that may end within a name; what is not there holds nothing", async () => {
    const { store } = await open();
    for (const path of ["t/a1", "t/a2", "t/b1", "u/a1"]) await store.put(path, bytes, never);
    expect(await listAll(store, "t/a")).toEqual(["t/a1 4", "t/a2 4"]);
    expect(await listAll(store, "none/")).toEqual([]);
  });

  test("lists more objects than fit one answer, each once", async () => {
    const { store, seed } = await open();
    const paths = Array.from({ length: 1_001 }, (_, index) => `t/${String(index).padStart(4, "0")}`);
    await seed(paths);
    expect(await listAll(store, "t/")).toEqual(paths.map((path) => `${path} 0`));
  });

  test.each(["größe/块.parquet", "a b+c&d=e%20f.parquet", "🦀"])("keeps the name %s", async (path) => {
    const { store } = await open();
    await store.put(path, bytes, never);
    expect(await store.get(path, never)).toEqual(bytes);
    expect(await listAll(store)).toEqual([`${path} 4`]);
    await store.delete(path);
    expect(await listAll(store)).toEqual([]);
  });

  test("refuses to read what is not there, naming the path", async () => {
    const { store } = await open();
    const reading = store.get("gone", never);
    await expect(reading).rejects.toThrow(ObjectMissingError);
    await expect(reading).rejects.toMatchObject({ fields: { path: "gone", root: store.root } });
    await expect(reading).rejects.toThrow(`could not read 'gone' in ${store.root}: `);
  });

  test("ends an aborted put with the signal's reason and shows nothing of it", async () => {
    const { store } = await open();
    const reason = new Error("stop");
    await expect(store.put("a", bytes, AbortSignal.abort(reason))).rejects.toBe(reason);
    const stop = new AbortController();
    const putting = store.put("a", new Uint8Array(64 * MEBIBYTE), stop.signal);
    stop.abort(reason);
    await expect(putting).rejects.toBe(reason);
    expect(await listAll(store)).toEqual([]);
  });

  test("ends an aborted get with the signal's reason", async () => {
    const { store } = await open();
    await store.put("a", bytes, never);
    const reason = new Error("stop");
    await expect(store.get("a", AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  test.each(["../a", "a/../../b", "/etc/passwd", "a\0b"])("does not let the path %j leave the root", async (path) => {
    const { store } = await open();
    await expect(store.put(path, bytes, never)).rejects.toThrow(InvalidArgumentError);
    await expect(store.get(path, never)).rejects.toThrow(InvalidArgumentError);
    await expect(store.delete(path)).rejects.toThrow(InvalidArgumentError);
    await expect(listAll(store, path)).rejects.toThrow(InvalidArgumentError);
  });

  test("passes its check, which leaves nothing behind", async () => {
    const { store } = await open();
    await store.check(never);
    expect(await listAll(store)).toEqual([]);
  });

  test("may be closed twice", async () => {
    const { store } = await open();
    store.close();
    store.close();
  });
});
