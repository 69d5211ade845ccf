import { describe, expect, test } from "vitest";
import { useDatabase } from "../../test/store-fixtures.ts";
import { asksFrom, startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, waitUntil } from "../../test/worker/worker-lab.ts";

const database = useDatabase("pglite");

async function startLab(blocks: number, settings: { segmentIntervalMs?: number } = {}) {
  const chain = await startScriptedChain(blocks);
  const lab = await openLab(database());
  await lab.provide(chain.url);
  await lab.start(settings);
  return { chain, lab };
}

describe("a stop", () => {
  test("publishes what is in hand, up to the last contiguous block", async () => {
    const { chain, lab } = await startLab(10, { segmentIntervalMs: 60_000 });
    const job = await lab.deploy();
    // Block 0 is published by itself; 1 to 9 stay in hand for a minute.
    await lab.untilBlock(job, 0);
    await waitUntil("the last block", () => chain.server.calls.find(({ params }) => params[0] === "0x9"));
    await waitUntil("a poll of the head", () => chain.server.calls.at(-1)?.params[0] === "latest" || undefined);
    await lab.stop(job);
    await lab.until(job, "STOPPED");
    expect(await lab.blocks(job)).toEqual(chain.refs());
    expect(await lab.events(job)).toEqual(["SCHEDULED", "RUNNING", "STOP_REQUESTED", "STOPPING", "STOPPED"]);
    expect(await lab.registered()).toEqual(await lab.objects());
  });

  test("does not wait for a block that the endpoint never sends: the blocks before it are published", async () => {
    const { chain, lab } = await startLab(20);
    // One block at a time: 12 is asked for when 11 is in hand.
    await lab.provide(chain.url, { concurrent_request_limit: 1 });
    chain.isSilent = asksFrom(12);
    const job = await lab.deploy({ endBlock: "19" });
    await waitUntil("block 12 to be asked for", () => chain.server.calls.find(asksFrom(12)));
    await lab.stop(job);
    await lab.until(job, "STOPPED");
    expect(await lab.blocks(job)).toEqual(chain.refs(0, 11));
    await waitUntil("all requests to be given up", () => chain.server.openRequests === 0 || undefined);
  });

  test("is seen at once, also by a worker whose endpoint answers nothing at all", async () => {
    const { chain, lab } = await startLab(20);
    chain.isSilent = () => true;
    const tookMs: number[] = [];
    for (let round = 1; round <= 4; round += 1) {
      const job = await lab.deploy();
      await waitUntil("the endpoint to be asked", () => chain.server.calls.length === round || undefined);
      const startMs = performance.now();
      await lab.stop(job);
      await lab.until(job, "STOPPED");
      tookMs.push(performance.now() - startMs);
      expect(await lab.events(job)).toEqual(["SCHEDULED", "RUNNING", "STOP_REQUESTED", "STOPPING", "STOPPED"]);
    }
    // The heartbeat looks once a second: the fastest of several was not seen by it. The machine may be busy.
    expect(Math.min(...tookMs)).toBeLessThan(400);
  });

  test("ends a job that waits for its retry at once", async () => {
    const { chain, lab } = await startLab(20);
    chain.isRefused = () => true;
    const job = await lab.deploy();
    await lab.until(job, ({ status, failures }) => status === "SCHEDULED" && failures > 0);
    await lab.stop(job);
    expect((await lab.job(job)).status).toBe("STOPPED");
  });

  test("that races the completion ends the job one way or the other", async () => {
    const { chain, lab } = await startLab(3);
    for (let round = 0; round < 8; round += 1) {
      const job = await lab.deploy({ name: `eth_${round}`, endBlock: "2" });
      const near = chain.server.calls.length + round;
      await waitUntil("some calls", () => chain.server.calls.length > near || undefined);
      await lab.stop(job).catch(() => undefined);
      const { status } = await lab.until(job, ({ endedAt }) => endedAt !== null);
      expect(["COMPLETED", "STOPPED"]).toContain(status);
    }
  });
});

test("a job that was stopped goes on as a new one, and holds every block once", async () => {
  const { chain, lab } = await startLab(30);
  chain.isSilent = asksFrom(12);
  const first = await lab.deploy({ endBlock: "29" });
  await lab.untilBlock(first, 0);
  await waitUntil("block 12 to be asked for", () => chain.server.calls.find(asksFrom(12)));
  await lab.stop(first);
  await lab.until(first, "STOPPED");
  chain.isSilent = () => false;
  const job = await lab.deploy({ endBlock: "29" });
  await lab.until(job, "COMPLETED");
  expect(await lab.blocks(job)).toEqual(chain.refs());
});
