import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../../test/write-tables.ts";
import { StorageFailingError } from "../domain/errors.ts";
import { openFolderStore } from "./folder-store.ts";

const never = new AbortController().signal;
const bytes = new TextEncoder().encode("PAR1");

async function listAll(store: ReturnType<typeof openFolderStore>, prefix = ""): Promise<string[]> {
  return (await Array.fromAsync(store.list(prefix))).map(({ path, sizeBytes }) => `${path} ${sizeBytes}`).sort();
}

test("a put leaves one file at its path below the root, and no temporary one", async () => {
  const root = await makeFolder();
  const store = openFolderStore(root);
  await store.put("ns/eth/blocks/1.parquet", bytes, never);
  expect(await readFile(join(root, "ns/eth/blocks/1.parquet"))).toEqual(Buffer.from(bytes));
  expect(await readdir(join(root, "ns/eth/blocks"))).toEqual(["1.parquet"]);
});

test("an abort in the last moment leaves the final name alone", async () => {
  const root = await makeFolder();
  const store = openFolderStore(root);
  await store.put("a", new Uint8Array([1]), never);
  const stop = new AbortController();
  const reason = new Error("stop");
  let isWritten = false;
  stop.signal.throwIfAborted = () => {
    // The whole file lies under its temporary name: nothing is left but the rename.
    isWritten = existsSync(join(root, ".tmp-a"));
    if (isWritten) stop.abort(reason);
    if (stop.signal.aborted) throw stop.signal.reason;
  };
  await expect(store.put("a", bytes, stop.signal)).rejects.toBe(reason);
  expect(isWritten).toBe(true);
  expect(await readdir(root)).toEqual(["a"]);
  expect(await store.get("a", never)).toEqual(new Uint8Array([1]));
});

test("what a dead process left half written is listed and can be deleted", async () => {
  const root = await makeFolder();
  const store = openFolderStore(root);
  await mkdir(join(root, "t"));
  await writeFile(join(root, "t/.tmp-a.parquet"), "PA");
  expect(await listAll(store, "t/")).toEqual(["t/.tmp-a.parquet 2"]);
  await store.delete("t/a.parquet");
  expect(await readdir(join(root, "t"))).toEqual([]);
});

test("a file in the place of a folder refuses the put, naming path and reason", async () => {
  const root = await makeFolder();
  const store = openFolderStore(root);
  await store.put("blocks", bytes, never);
  const putting = store.put("blocks/1.parquet", bytes, never);
  await expect(putting).rejects.toThrow(StorageFailingError);
  await expect(putting).rejects.toMatchObject({
    message: `could not write 'blocks/1.parquet' in ${root}: EEXIST: file already exists, mkdir '${root}/blocks'`,
    retryable: true,
    fields: { path: "blocks/1.parquet", root, reason: "EEXIST" },
  });
  expect(await listAll(store)).toEqual(["blocks 4"]);
});

test("a folder in the place of the file refuses the put and leaves no temporary file", async () => {
  const root = await makeFolder();
  const store = openFolderStore(root);
  await mkdir(join(root, "a/b"), { recursive: true });
  await expect(store.put("a", bytes, never)).rejects.toThrow(/could not write 'a' in .*: EISDIR/);
  expect(await readdir(root)).toEqual(["a"]);
});

test("a root that cannot be a folder fails the check, naming root and reason", async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, "file"), "");
  const root = join(folder, "file/files");
  const checking = openFolderStore(root).check(never);
  await expect(checking).rejects.toThrow(StorageFailingError);
  await expect(checking).rejects.toThrow(/^could not write '\.tmp-check-[-0-9a-f]{36}' in .*\/file\/files: ENOTDIR/);
});

test("a root that is not there is made by the check", async () => {
  const root = join(await makeFolder(), "new/files");
  await openFolderStore(root).check(never);
  expect(await readdir(root)).toEqual([]);
});
