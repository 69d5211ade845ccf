import { expect, onTestFinished, test, vi } from "vitest";
import { useDatabase } from "../../test/store-fixtures.ts";
import { holdPuts, withPut } from "../../test/worker/holding-store.ts";
import { asksFrom, startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab } from "../../test/worker/worker-lab.ts";
import { StorageFailingError } from "../domain/errors.ts";
import { ParquetEncoder } from "../extract/parquet-encoder.ts";
import { listEvents } from "../store/event.ts";
import type { JobRow } from "../store/job-row.ts";
import { createLog } from "../telemetry/log.ts";

const database = useDatabase("pglite");

const hasFailed = ({ status, failures }: JobRow) => status === "SCHEDULED" && failures > 0;

async function startLab(blocks: number, settings: { maxAttempts?: number } = {}) {
  const chain = await startScriptedChain(blocks);
  const lab = await openLab(database());
  await lab.provide(chain.url);
  await lab.start(settings);
  return { chain, lab };
}

test("an endpoint that cannot be reached costs an attempt; the error names the provider and never its URL", async () => {
  const { chain, lab } = await startLab(5);
  const { url } = chain;
  await chain.server[Symbol.asyncDispose]();
  const job = await lab.deploy({ endBlock: "4" });
  const { lastError, nextAttemptAt, incarnation } = await lab.until(job, hasFailed);
  expect(lastError).toMatchObject({
    code: "ENDPOINT_FAILING",
    retryable: true,
    attempt: 1,
    fields: { endpoint: "main" },
  });
  expect(lastError?.message).toMatch(/endpoint main could not be reached: ECONNREFUSED/);
  expect(nextAttemptAt).toBeInstanceOf(Date);
  expect(incarnation).toBeNull();
  expect(await lab.events(job)).toEqual(["SCHEDULED", "RUNNING", "RETRY_SCHEDULED", "SCHEDULED"]);
  const kept = JSON.stringify([lastError, (await listEvents(database(), { job })).map(({ detail }) => detail)]);
  expect(kept).not.toContain(new URL(url).host);
  expect(kept).not.toContain("secret-api-key");
});

test("a job comes back by itself when its endpoint does", async () => {
  const { chain, lab } = await startLab(5);
  chain.isRefused = () => true;
  const job = await lab.deploy({ endBlock: "4" });
  await lab.until(job, hasFailed);
  chain.isRefused = () => false;
  expect(await lab.until(job, "COMPLETED")).toMatchObject({ attempt: 2 });
  expect(await lab.blocks(job)).toEqual(chain.refs());
});

test("what was fetched before the endpoint failed is published, and the failures are counted from there", async () => {
  const { chain, lab } = await startLab(30, { maxAttempts: 2 });
  for (const from of [10, 20]) {
    chain.isRefused = asksFrom(from);
    const job = await lab.deploy({ endBlock: "29" });
    const { failures } = await lab.until(job, (row) => hasFailed(row) && row.attempt === from / 10);
    // The last of two attempts in a row would have failed the job; each came further than the one before.
    expect(failures).toBe(1);
    expect((await lab.table(job)).currentBlock).toBe(BigInt(from - 1));
    chain.isRefused = asksFrom(from + 10);
    await lab.hurry(job);
  }
  const job = await lab.deploy({ endBlock: "29" });
  await lab.until(job, "COMPLETED");
  expect(await lab.blocks(job)).toEqual(chain.refs());
});

test("so many attempts in a row without a published segment fail the job", async () => {
  const { chain, lab } = await startLab(5, { maxAttempts: 3 });
  chain.isRefused = () => true;
  const job = await lab.deploy();
  for (let failures = 1; failures < 3; failures += 1) {
    await lab.until(job, (row) => hasFailed(row) && row.failures === failures);
    await lab.hurry(job);
  }
  expect(await lab.until(job, "FAILED")).toMatchObject({ attempt: 3, lastError: { code: "ENDPOINT_FAILING" } });
});

test("a network without a provider is waited for, and counts no failure", async () => {
  const { chain, lab } = await startLab(5, { maxAttempts: 1 });
  const job = await lab.deploy({ endBlock: "4", manifest: { network: "other" } });
  const { failures, lastError } = await lab.until(job, ({ attempt, status }) => attempt >= 2 && status === "SCHEDULED");
  expect(failures).toBe(0);
  expect(lastError).toMatchObject({ code: "NO_PROVIDER", retryable: true });
  await lab.provide(chain.url, { network: "other" }, "other");
  await lab.hurry(job);
  await lab.until(job, "COMPLETED");
});

test("each attempt takes the next of several providers", async () => {
  const { chain, lab } = await startLab(5);
  const broken = await startScriptedChain(5);
  broken.isRefused = () => true;
  await lab.provide(broken.url, {}, "another");
  const job = await lab.deploy({ endBlock: "4" });
  expect((await lab.until(job, hasFailed)).lastError?.fields.endpoint).toBe("another");
  await lab.hurry(job);
  await lab.until(job, "COMPLETED");
  expect(await lab.blocks(job)).toEqual(chain.refs());
});

test("a manifest that says nothing fails the job at once", async () => {
  const { lab } = await startLab(5);
  const job = await lab.deploy({ nodeSelector: "worker-2" });
  await database().prisma.manifest.updateMany({ data: { content: { kind: "evm-rpc" } } });
  await lab.start({ nodeId: "worker-2" });
  expect(await lab.until(job, "FAILED")).toMatchObject({ attempt: 1, lastError: { code: "INVALID_MANIFEST" } });
});

test("a provider that cannot be used fails the job at once, and says why", async () => {
  const { chain, lab } = await startLab(5);
  await lab.provide(`${chain.url}/\${AMP_SECRET_KEY}`);
  const { lastError } = await lab.until(await lab.deploy(), "FAILED");
  expect(lastError?.message).toContain("AMP_SECRET_KEY");
});

test("data that breaks a rule is asked for once more, and fails the job when it is the same", async () => {
  const { chain, lab } = await startLab(20);
  chain.answer = ({ method, params }) => {
    if (method !== "eth_getBlockByNumber" || params[0] !== "0xc") return undefined;
    return { result: { ...chain.block(12), gasLimit: null } };
  };
  const job = await lab.deploy({ endBlock: "19" });
  expect((await lab.until(job, hasFailed)).lastError).toMatchObject({ code: "BAD_CHAIN_DATA", retryable: true });
  expect((await lab.table(job)).currentBlock).toBe(11n);
  await lab.hurry(job);
  expect(await lab.until(job, "FAILED")).toMatchObject({ attempt: 2, lastError: { code: "BAD_CHAIN_DATA" } });
});

test("a fault while the job stops ends it as STOPPED, and is kept as an event", async () => {
  const chain = await startScriptedChain(5);
  const lab = await openLab(database());
  await lab.provide(chain.url);
  const { store, held, release } = holdPuts(
    withPut(lab.store, async (path) => {
      throw new StorageFailingError(`could not write '${path}': ENOSPC`, { path });
    }),
  );
  await lab.start({ store });
  const job = await lab.deploy();
  await held;
  await lab.stop(job);
  await lab.until(job, "STOPPING");
  release();
  await lab.until(job, "STOPPED");
  const events = await listEvents(database(), { job });
  expect(events.find(({ type }) => type === "STOP_FAILED")?.detail).toMatchObject({ code: "STORAGE_FAILING" });
});

/** A log and its lines about attempts that failed. */
function keepFailures() {
  const lines: { readonly level: string; readonly reason?: string; readonly err?: { readonly stack: string } }[] = [];
  const write = (line: string) => {
    if (line.includes("attempt failed")) lines.push(JSON.parse(line));
  };
  return { log: createLog({ level: "info", destination: { write } }), lines };
}

test("a bug fails the job at once: the log keeps its words, the job's row sends people there", async () => {
  const encode = vi.spyOn(ParquetEncoder.prototype, "encode").mockRejectedValue(new TypeError("hunter2 is undefined"));
  onTestFinished(() => encode.mockRestore());
  const chain = await startScriptedChain(5);
  const lab = await openLab(database());
  await lab.provide(chain.url);
  const { log, lines } = keepFailures();
  await lab.start({ log });
  const job = await lab.deploy();
  const { lastError } = await lab.until(job, "FAILED");
  expect(lastError).toMatchObject({
    code: "INTERNAL",
    message: `unexpected error: the log of worker worker-1 says more (attempt 1 of job ${job})`,
    causes: [],
  });
  const events = JSON.stringify((await listEvents(database(), { job })).map(({ detail }) => detail));
  expect(events).not.toContain("hunter2");
  expect(lines).toMatchObject([{ level: "error", err: { stack: expect.stringContaining("hunter2") } }]);
});

test("an error that a retry cures is one line of the log, without a stack", async () => {
  const chain = await startScriptedChain(5);
  const lab = await openLab(database());
  await lab.provide(chain.url);
  await chain.server[Symbol.asyncDispose]();
  const { log, lines } = keepFailures();
  await lab.start({ log });
  await lab.until(await lab.deploy(), hasFailed);
  expect(lines[0]).toMatchObject({
    level: "warn",
    code: "ENDPOINT_FAILING",
    reason: expect.stringMatching(/^endpoint main could not be reached: ECONNREFUSED when asked for/),
  });
  expect(lines[0]).not.toHaveProperty("err");
});
