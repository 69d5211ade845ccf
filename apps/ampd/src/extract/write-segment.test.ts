import { describe, expect, onTestFinished, test, vi } from "vitest";
import { hashOf, makeEmptyBlocks } from "../../test/recorded-chain.ts";
import { holdPuts, withPut } from "../../test/worker/holding-store.ts";
import { makeFolder } from "../../test/write-tables.ts";
import { StorageFailingError } from "../domain/errors.ts";
import type { TableName } from "../domain/table-name.ts";
import { checkBlock } from "./check-block.ts";
import { openFolderStore } from "./folder-store.ts";
import type { ObjectStore } from "./object-store.ts";
import { ParquetEncoder } from "./parquet-encoder.ts";
import { Segment } from "./segment.ts";
import { writeSegment } from "./write-segment.ts";

const never = new AbortController().signal;

function makeSegment(start: number, tables: readonly TableName[] = ["blocks"]): Segment {
  const segment = new Segment({ network: "mainnet", tables });
  for (const recorded of makeEmptyBlocks(start, 2)) {
    const ref = checkBlock({ endpoint: "replay", number: BigInt(String(recorded.block.number)), ...recorded });
    segment.append({ ...ref, ...recorded, endpoint: "replay", sizeBytes: 0 });
  }
  return segment;
}

async function write(start: number, store: ObjectStore, signal = never) {
  const encoder = new ParquetEncoder();
  onTestFinished(() => encoder.close());
  const files = new Map([["blocks", { path: `t/${start}`, name: `${start}.parquet` }]] as const);
  return writeSegment(
    { segment: makeSegment(start), files, createdAtNs: new Map([["blocks", 5n]]), store, encoder },
    signal,
  );
}

/** A store that keeps something else than it was given. */
async function spoiledStore(spoil: (bytes: Uint8Array) => Uint8Array): Promise<ObjectStore> {
  const store = openFolderStore(await makeFolder());
  return {
    root: store.root,
    put: (path, bytes, signal) => store.put(path, spoil(bytes), signal),
    get: (path, signal) => store.get(path, signal),
    delete: (path) => store.delete(path),
    list: (prefix) => store.list(prefix),
  };
}

test("a written file tells its place in the chain, its size and its rows", async () => {
  const store = openFolderStore(await makeFolder());
  const [file] = await write(10, store);
  const { length } = await store.get("t/10", never);
  expect(file).toEqual({
    table: "blocks",
    name: "10.parquet",
    network: "mainnet",
    start: 10n,
    end: 11n,
    hash: hashOf("a", 11),
    prevHash: hashOf("a", 9),
    timestamp: 1_655_778_500n,
    sizeBytes: BigInt(length),
    rowCount: 2n,
    createdAtNs: 5n,
  });
});

test("a file that the store cut short is refused", async () => {
  const store = await spoiledStore((bytes) => bytes.subarray(0, -1));
  await expect(write(10, store)).rejects.toThrow(/^file 't\/10' was read back with \d+ bytes instead of \d+$/);
});

test("a file of the right size whose footer is broken is refused", async () => {
  const store = await spoiledStore((bytes) => bytes.with(-5, 0xff).with(-6, 0xff));
  await expect(write(10, store)).rejects.toThrow(StorageFailingError);
});

test.each([
  ["another range", '"start":10,"end":11', '"start":12,"end":13', "blocks 12 to 13 instead of 10 to 11"],
  ["another parent", `"prev_hash":"${hashOf("a", 9)}"`, `"prev_hash":"${hashOf("b", 9)}"`, "other block hashes"],
  ["no range", "nozzle_metadata", "muzzle_metadata", "no nozzle_metadata"],
])("a file that names %s is refused", async (_what, ours, theirs, found) => {
  const store = await spoiledStore((bytes) =>
    Buffer.from(Buffer.from(bytes).toString("latin1").replace(ours, theirs), "latin1"),
  );
  await expect(write(10, store)).rejects.toThrow(`file 't/10' was read back with ${found}`);
});

describe("what was written goes again", () => {
  const tables = ["blocks", "logs"] as const;
  const listed = async (store: ObjectStore) => (await Array.fromAsync(store.list(""))).map(({ path }) => path).sort();

  function writeBoth(store: ObjectStore, signal = never) {
    const encoder = new ParquetEncoder();
    onTestFinished(() => encoder.close());
    const files = new Map(tables.map((table) => [table, { path: `t/${table}`, name: `${table}.parquet` }]));
    const createdAtNs = new Map(tables.map((table) => [table, 5n]));
    return writeSegment({ segment: makeSegment(10, tables), files, createdAtNs, store, encoder }, signal);
  }

  test("when a later file of the segment cannot be written, and nothing else does", async () => {
    const store = openFolderStore(await makeFolder());
    await store.put("t/other", new Uint8Array(1), never);
    const failing = withPut(store, async (path, bytes, signal) => {
      await store.put(path, bytes, signal);
      // It arrived, and the answer was lost.
      if (path === "t/logs") throw new StorageFailingError("no answer");
    });
    await expect(writeBoth(failing)).rejects.toThrow("no answer");
    expect(await listed(store)).toEqual(["t/other"]);
    await writeBoth(store);
    expect(await listed(store)).toEqual(["t/blocks", "t/logs", "t/other"]);
  });

  test("when a put that is deaf to the abort comes back after it", async () => {
    const store = openFolderStore(await makeFolder());
    const { store: holding, held, release } = holdPuts(store);
    const stop = new AbortController();
    const reason = new Error("stop");
    const writing = writeBoth(holding, stop.signal);
    await held;
    stop.abort(reason);
    release();
    await expect(writing).rejects.toBe(reason);
    expect(await listed(store)).toEqual([]);
  });

  test("as far as the store lets it: the failure is told even when it hangs or refuses", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const store = openFolderStore(await makeFolder());
    const failing = withPut(store, () => Promise.reject(new StorageFailingError("down")));
    const refusing = { ...failing, delete: () => Promise.reject(new StorageFailingError("down, too")) };
    await expect(writeBoth(refusing)).rejects.toThrow("down");
    const asked = Promise.withResolvers<void>();
    const hanging = {
      ...failing,
      delete: () => {
        asked.resolve();
        return new Promise<never>(() => {});
      },
    };
    const writing = writeBoth(hanging);
    void asked.promise.then(() => vi.advanceTimersByTime(5_000));
    await expect(writing).rejects.toThrow("down");
  });
});

test("an abort ends the writing with the signal's reason", async () => {
  const store = openFolderStore(await makeFolder());
  const reason = new Error("stop");
  await expect(write(10, store, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(await Array.fromAsync(store.list(""))).toEqual([]);
});
