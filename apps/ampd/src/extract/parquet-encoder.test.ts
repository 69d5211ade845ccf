import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { makeEmptyBlocks } from "../../test/recorded-chain.ts";
import { StorageFailingError } from "../domain/errors.ts";
import { checkBlock } from "./check-block.ts";
import { type EncoderSettings, ParquetEncoder } from "./parquet-encoder.ts";
import { Segment } from "./segment.ts";

const never = new AbortController().signal;

function open(settings: EncoderSettings = {}): { encoder: ParquetEncoder; threads: Worker[] } {
  const encoder = new ParquetEncoder(settings);
  const threads: Worker[] = [];
  const onWorker = (worker: Worker) => threads.push(worker);
  process.on("worker", onWorker);
  onTestFinished(async () => {
    process.off("worker", onWorker);
    await encoder.close();
  });
  return { encoder, threads };
}

/** The `blocks` of a segment of three. */
function makeInput() {
  const segment = new Segment({ network: "mainnet", tables: ["blocks"] });
  for (const [number, recorded] of makeEmptyBlocks(0, 3).entries()) {
    const ref = checkBlock({ endpoint: "replay", number: BigInt(number), ...recorded });
    segment.append({ ...ref, ...recorded, endpoint: "replay", sizeBytes: 0 });
  }
  const file = { table: "blocks", name: "f.parquet", createdAtNs: 1n, span: segment.span() } as const;
  return { ...file, ...segment.take("blocks") };
}

test("the buffers move to the thread: no value is copied on the way", async () => {
  const { encoder } = open();
  const input = makeInput();
  const bytes = await encoder.encode(input, never);
  expect(Buffer.from(bytes.subarray(0, 4)).toString()).toBe("PAR1");
  expect(input.columns.every(({ values }) => values?.buffer.detached)).toBe(true);
});

test("many tasks at once share one thread and all are answered", async () => {
  const { encoder, threads } = open();
  const files = await Promise.all(Array.from({ length: 10 }, () => encoder.encode(makeInput(), never)));
  const footers = await Promise.all(files.map((bytes) => encoder.readFooter(bytes, never)));
  expect(footers.map(({ rows, rowGroups }) => [rows, rowGroups])).toEqual(Array(10).fill([3, 1]));
  expect(threads).toHaveLength(1);
});

test("a thread whose memory has grown beyond the limit is replaced", async () => {
  const { encoder, threads } = open({ memoryLimitBytes: 1 });
  for (const _ of [1, 2, 3]) {
    await encoder.encode(makeInput(), never);
    const [ended] = threads.slice(-1);
    if (ended?.threadId !== -1) await once(ended ?? process, "exit");
  }
  expect(threads).toHaveLength(3);
  expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1, -1]);
});

test("a refused task is an error of its own, and the next task is answered", async () => {
  const { encoder } = open();
  const { columns, ...input } = makeInput();
  const refused = encoder.encode({ ...input, columns: columns.slice(1) }, never);
  await expect(refused).rejects.toThrow(StorageFailingError);
  await expect(refused).rejects.toThrow("the thread that encodes Parquet failed: column 23 has no buffers");
  await expect(encoder.encode(makeInput(), never)).resolves.toBeInstanceOf(Uint8Array);
});

test("bytes that are no Parquet file have no footer", async () => {
  const { encoder } = open();
  await expect(encoder.readFooter(new Uint8Array(100), never)).rejects.toThrow(StorageFailingError);
});

test("a thread that dies refuses its tasks instead of leaving them waiting, and the next task has a new one", async () => {
  const { encoder } = open();
  const started = once(process, "worker");
  const tasks = [encoder.encode(makeInput(), never), encoder.encode(makeInput(), never)];
  const outcome = Promise.allSettled(tasks);
  const [thread]: Worker[] = await started;
  await thread?.terminate();
  expect((await outcome).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(tasks[0]).rejects.toThrow(/^the thread that encodes Parquet ended with code/);
  await expect(encoder.encode(makeInput(), never)).resolves.toBeInstanceOf(Uint8Array);
});

test("a thread that runs out of memory refuses its task", async () => {
  const { encoder } = open({ heapMib: 4 });
  await expect(encoder.encode(makeInput(), never)).rejects.toThrow(
    /^the thread that encodes Parquet died: .*memory limit/,
  );
});

test("an abort ends the wait with the signal's reason, and other tasks go on", async () => {
  const { encoder } = open();
  const stop = new AbortController();
  const reason = new Error("stop");
  const aborted = encoder.encode(makeInput(), stop.signal);
  const kept = encoder.encode(makeInput(), never);
  stop.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  await expect(kept).resolves.toBeInstanceOf(Uint8Array);
});

test("after an abort the next task has a new thread, and the one that may hang is ended", async () => {
  const { encoder, threads } = open();
  const stop = new AbortController();
  const aborted = encoder.encode(makeInput(), stop.signal);
  stop.abort(new Error("stop"));
  await expect(aborted).rejects.toThrow("stop");
  await expect(encoder.encode(makeInput(), never)).resolves.toBeInstanceOf(Uint8Array);
  expect(threads).toHaveLength(2);
  await expect.poll(() => threads[0]?.threadId).toBe(-1);
});

test("closing refuses what runs, ends the thread, and may be asked twice", async () => {
  const { encoder, threads } = open();
  const running = expect(encoder.encode(makeInput(), never)).rejects.toThrow("was closed");
  await Promise.all([encoder.close(), encoder.close()]);
  await running;
  expect(threads.map(({ threadId }) => threadId)).toEqual([-1]);
  await expect(encoder.encode(makeInput(), never)).rejects.toThrow("was closed");
});
