import { describe, expect, onTestFinished, test, vi } from "vitest";
import { useDatabase } from "../../test/store-fixtures.ts";
import { holdPuts } from "../../test/worker/holding-store.ts";
import { asksFrom, startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, waitUntil } from "../../test/worker/worker-lab.ts";
import { ParquetEncoder } from "../extract/parquet-encoder.ts";
import type { JobRow } from "../store/job-row.ts";

const database = useDatabase("pglite");
/** Longer than a thread may need to start on a busy machine. */
const WATCHDOG_MS = 4_000;

const hasFailed = ({ status, failures }: JobRow) => status === "SCHEDULED" && failures > 0;

async function startLab(blocks: number, provider: Readonly<Record<string, unknown>> = {}) {
  const chain = await startScriptedChain(blocks);
  const lab = await openLab(database());
  await lab.provide(chain.url, provider);
  return { chain, lab };
}

describe("a job of which nothing advances is given up, counted, and tried again", () => {
  test("when a put hangs", async () => {
    const { chain, lab } = await startLab(10);
    const { store, held, release } = holdPuts(lab.store);
    await lab.start({ store, jobWatchdogMs: WATCHDOG_MS });
    const job = await lab.deploy({ endBlock: "9" });
    await held;
    const isWriting = ({ lastError }: JobRow) =>
      String(lastError?.fields.stage).startsWith("writing file _/eth/blocks/");
    const { lastError, nextAttemptAt } = await lab.until(job, (row) => hasFailed(row) && isWriting(row));
    expect(lastError).toMatchObject({ code: "JOB_STALLED", retryable: true });
    expect(lastError?.message).toMatch(/^job '\d+' has not advanced for \d+ s: it was writing file /);
    expect(nextAttemptAt).toBeInstanceOf(Date);
    release();
    await lab.hurry(job);
    await lab.until(job, "COMPLETED");
    expect(await lab.blocks(job)).toEqual(chain.refs());
  });

  test("when the provider never answers, however patient its own time-out is", async () => {
    const { chain, lab } = await startLab(20, { timeout_secs: 3_600, concurrent_request_limit: 1 });
    chain.isSilent = asksFrom(12);
    await lab.start({ jobWatchdogMs: WATCHDOG_MS, segmentIntervalMs: 60_000 });
    const job = await lab.deploy({ endBlock: "19" });
    const { lastError } = await lab.until(job, hasFailed);
    expect(lastError).toMatchObject({ code: "JOB_STALLED", fields: { stage: "collecting block 12" } });
    await waitUntil("all requests to be given up", () => chain.server.openRequests === 0 || undefined);
  });

  test("when the encoder hangs", async () => {
    const encode = vi.spyOn(ParquetEncoder.prototype, "encode").mockReturnValue(new Promise(() => {}));
    onTestFinished(() => encode.mockRestore());
    const { lab } = await startLab(10);
    await lab.start({ jobWatchdogMs: WATCHDOG_MS });
    const job = await lab.deploy({ endBlock: "9" });
    const { lastError } = await lab.until(job, hasFailed);
    expect(lastError).toMatchObject({ code: "JOB_STALLED", fields: { stage: "encoding blocks 0 to 0" } });
  });
});

describe("a job is left alone", () => {
  test("while it waits for a new head, or for as long as the endpoint asks it to", async () => {
    const { chain, lab } = await startLab(5);
    let limited = 0;
    await lab.start({ jobWatchdogMs: WATCHDOG_MS });
    const job = await lab.deploy();
    await lab.untilBlock(job, 4);
    const asked = chain.server.calls.length;
    // Twice a second.
    await waitUntil("some polls of the head", () => chain.server.calls.length > asked + 10 || undefined);
    chain.refuse = (response) => {
      if (limited > 0) return false;
      limited += 1;
      response.writeHead(429, { "retry-after": "6" }).end();
      return true;
    };
    await waitUntil("the limit", () => limited || undefined);
    chain.grow(3);
    await lab.untilBlock(job, 7);
    expect(await lab.job(job)).toMatchObject({ status: "RUNNING", attempt: 1, failures: 0 });
  });

  test("while it stops: the stop has its own deadline", async () => {
    const { lab } = await startLab(10);
    const { store, held } = holdPuts(lab.store);
    await lab.start({ store, jobWatchdogMs: WATCHDOG_MS });
    const stopping = await lab.deploy({ endBlock: "9" });
    await held;
    await lab.stop(stopping);
    await lab.until(stopping, "STOPPING");
    // Its limit is over later than that of the one that stops.
    const other = await lab.deploy({ name: "other", endBlock: "9" });
    expect((await lab.until(other, hasFailed)).lastError).toMatchObject({ code: "JOB_STALLED" });
    expect((await lab.job(stopping)).status).toBe("STOPPING");
  });
});
