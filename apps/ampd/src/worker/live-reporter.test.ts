import { describe, expect, test } from "vitest";
import { databaseNow, useDatabase } from "../../test/store-fixtures.ts";
import { holdPuts } from "../../test/worker/holding-store.ts";
import { asksFrom, type ScriptedChain, startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, type WorkerLab, waitUntil } from "../../test/worker/worker-lab.ts";
import type { LiveReport, WaitCause } from "../domain/live-report.ts";
import { readLive } from "../store/live.ts";
import { listen, type Wake } from "../store/notifications.ts";

const database = useDatabase("pglite");
/** A segment at the head stays open for as long as the test needs. */
const LONG_SEGMENT = { segmentIntervalMs: 60_000 };

async function startLab(blocks: number, provider: object = {}): Promise<{ chain: ScriptedChain; lab: WorkerLab }> {
  const chain = await startScriptedChain(blocks);
  const lab = await openLab(database());
  await lab.provide(chain.url, { ...provider });
  return { chain, lab };
}

/** What the job's worker reported last, as soon as it is what the test waits for. */
function untilLive(lab: WorkerLab, job: bigint, isIt: (live: LiveReport) => boolean): Promise<LiveReport> {
  return waitUntil("the report", async () => {
    const live = (await readLive(database(), [await lab.job(job)])).get(job)?.live;
    return live !== undefined && isIt(live) ? live : undefined;
  });
}

const waitsFor = (cause: WaitCause) => (live: LiveReport) => live.waitsFor === cause;

describe("while a job runs, its worker reports", () => {
  test("what it holds before the first segment closes, and nothing in flight once that is published", async () => {
    const { chain, lab } = await startLab(0);
    const { store, held, release } = holdPuts(lab.store);
    await lab.start({ store });
    chain.grow(1);
    const job = await lab.deploy({ endBlock: "0" });
    await held;
    const before = await untilLive(lab, job, ({ inFlightBlocks }) => inFlightBlocks > 0n);
    expect(before).toMatchObject({ attempt: 1, headBlock: 0n, fetchedBlock: 0n, inFlightBlocks: 1n, inFlightRows: 1n });
    expect(before.inFlightBytes).toBeGreaterThan(0n);
    expect((await lab.table(job)).currentBlock).toBeNull();
    release();
    await lab.until(job, "COMPLETED");
    const after = await untilLive(lab, job, () => true);
    expect(after).toMatchObject({ fetchedBlock: 0n, inFlightBlocks: 0n, inFlightRows: 0n, inFlightBytes: 0n });
  });

  test("blocks of an open segment as they come", async () => {
    const { chain, lab } = await startLab(1);
    await lab.start(LONG_SEGMENT);
    const job = await lab.deploy();
    await lab.untilBlock(job, 0);
    chain.grow(3);
    await untilLive(lab, job, ({ inFlightBlocks, fetchedBlock }) => inFlightBlocks === 3n && fetchedBlock === 3n);
    chain.grow(2);
    await untilLive(lab, job, ({ inFlightBlocks, fetchedBlock }) => inFlightBlocks === 5n && fetchedBlock === 5n);
  });

  test("every second, also when nothing has changed, and then without waking anybody", async () => {
    const { lab } = await startLab(5);
    await lab.start({ segmentIntervalMs: 200 });
    const job = await lab.deploy();
    await lab.untilBlock(job, 4);
    const untilReports = (count: number) => {
      const times = new Set<number>();
      return untilLive(lab, job, ({ reportedAt }) => times.add(reportedAt.getTime()).size > count);
    };
    // One may be of before the publish, the next one is the first of after it.
    await untilReports(2);
    const wakes: Wake[] = [];
    const listening = await listen(database(), (wake) => wakes.push(wake));
    // In the 11th second it begins to know a rate, which is news.
    await untilReports(2);
    await listening.close();
    expect(wakes.filter(({ kind }) => kind === "progressed")).toEqual([]);
  });
});

describe("a worker says that it waits", () => {
  test("for the head, at the head", async () => {
    const { lab } = await startLab(5);
    await lab.start();
    const job = await lab.deploy();
    await lab.untilBlock(job, 4);
    await untilLive(lab, job, waitsFor("HEAD"));
  });

  test("for the endpoint's rate limit, while that is waited for, and gets on all the same", async () => {
    const { chain, lab } = await startLab(5);
    await lab.start();
    const job = await lab.deploy();
    await lab.untilBlock(job, 4);
    let limited = 0;
    chain.refuse = (response) => {
      if (limited > 0) return false;
      limited += 1;
      response.writeHead(429, { "retry-after": "5" }).end();
      return true;
    };
    const { advancedAt, reportedAt } = await untilLive(lab, job, waitsFor("RATE_LIMIT"));
    expect(reportedAt.getTime() - advancedAt.getTime()).toBeLessThan(3_000);
    chain.grow(3);
    await lab.untilBlock(job, 7);
    await untilLive(lab, job, waitsFor("HEAD"));
  });

  test("for an endpoint that does not answer, and since when", async () => {
    const { chain, lab } = await startLab(20, { timeout_secs: 3_600, concurrent_request_limit: 1 });
    chain.isSilent = asksFrom(12);
    await lab.start(LONG_SEGMENT);
    const job = await lab.deploy({ endBlock: "19" });
    const { fetchedBlock, advancedAt } = await untilLive(lab, job, waitsFor("ENDPOINT"));
    expect(fetchedBlock).toBe(11n);
    expect((await databaseNow(database())) - advancedAt.getTime()).toBeGreaterThanOrEqual(2_000);
  });

  test("for a store that does not answer", async () => {
    const { lab } = await startLab(5);
    const { store, held, release } = holdPuts(lab.store);
    await lab.start({ store });
    const job = await lab.deploy({ endBlock: "4" });
    await held;
    await untilLive(lab, job, waitsFor("STORE"));
    release();
    await lab.until(job, "COMPLETED");
  });
});
