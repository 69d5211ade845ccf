import { describe, expect, test } from "vitest";
import { useDatabase } from "../../test/store-fixtures.ts";
import { asksFrom, startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, waitUntil } from "../../test/worker/worker-lab.ts";

const database = useDatabase("pglite");

/** A chain of so many blocks, and a worker with a job that follows it, whose tables hold all of them. */
async function startFollowing(
  blocks: number,
  settings: { segmentIntervalMs?: number } = {},
  provider: { timeout_secs?: number } = {},
) {
  const chain = await startScriptedChain(blocks);
  const lab = await openLab(database());
  await lab.provide(chain.url, provider);
  await lab.start(settings);
  const job = await lab.deploy();
  await lab.untilBlock(job, chain.head);
  return { chain, lab, job };
}

describe("at the head", () => {
  test("new blocks are published within the segment interval", async () => {
    const { chain, lab, job } = await startFollowing(5);
    chain.grow(1);
    const startMs = performance.now();
    await lab.untilBlock(job, 5);
    // Half a second until the head is seen, and the interval of 200 ms; the rest is for a busy machine.
    expect(performance.now() - startMs).toBeLessThan(3_000);
    chain.grow(3);
    await lab.untilBlock(job, 8);
    expect(await lab.blocks(job)).toEqual(chain.refs());
  });

  test("blocks that come within one interval share a segment", async () => {
    const { chain, lab, job } = await startFollowing(5, { segmentIntervalMs: 2_500 });
    const fetched = chain.server.count("eth_getBlockReceipts");
    chain.grow(1);
    await waitUntil("block 5 to be fetched", () => chain.server.count("eth_getBlockReceipts") > fetched || undefined);
    chain.grow(1);
    await lab.untilBlock(job, 6);
    expect((await lab.ranges(job)).at(-1)).toBe("5–6");
  });

  test("a quiet chain is asked for its head, and nothing else is done", async () => {
    const { chain, lab, job } = await startFollowing(5);
    const files = await lab.objects();
    const version = (await lab.job(job)).version;
    const first = chain.server.calls.length;
    await waitUntil("some polls", () => chain.server.calls.length >= first + 4 || undefined);
    const calls = chain.server.calls.slice(first);
    // One round more may have been under way: it looks at the tip of what is published.
    expect(calls.filter(({ params }) => params[0] !== "latest").length).toBeLessThanOrEqual(1);
    expect(await lab.objects()).toEqual(files);
    expect((await lab.job(job)).version).toBe(version);
  });

  test("blocks in hand are published in time when the endpoint falls silent", async () => {
    // The next round may ask before the silence ends: that request has to time out, though not before the interval.
    const { chain, lab, job } = await startFollowing(5, { segmentIntervalMs: 1_500 }, { timeout_secs: 5 });
    chain.isSilent = asksFrom(6);
    chain.grow(2);
    await lab.untilBlock(job, 5);
    chain.isSilent = () => false;
    await lab.untilBlock(job, 6);
    expect(await lab.blocks(job)).toEqual(chain.refs());
    expect(await lab.job(job)).toMatchObject({ status: "RUNNING", attempt: 1 });
  });

  test("an endpoint that fails for a moment costs no attempt", async () => {
    const { chain, lab, job } = await startFollowing(5);
    let refusals = 1;
    chain.answer = () => {
      refusals -= 1;
      return refusals < 0 ? undefined : { error: { code: -32603, message: "internal error" } };
    };
    chain.grow(2);
    await lab.untilBlock(job, 6);
    expect(refusals).toBeLessThan(0);
    expect(await lab.job(job)).toMatchObject({ status: "RUNNING", attempt: 1, failures: 0 });
  });
});

describe("what is missing is extracted", () => {
  test("for that table only, where a file in the middle of one is gone", async () => {
    const chain = await startScriptedChain(31);
    const lab = await openLab(database());
    await lab.provide(chain.url);
    await lab.start();
    for (const endBlock of ["9", "19", "29"]) await lab.until(await lab.deploy({ endBlock }), "COMPLETED");
    const before = await lab.deploy({ endBlock: "29", nodeSelector: "nobody" });
    const logs = await lab.table(before, "logs");
    await database().prisma.tableFile.deleteMany({ where: { tableId: logs.id, startBlock: 10 } });
    await database().prisma.tableFile.updateMany({
      where: { tableId: logs.id, startBlock: { gt: 10 } },
      data: { canonical: false },
    });
    await database().prisma.datasetTable.update({
      where: { id: logs.id },
      data: { currentBlock: 9, filesCount: 2, chainVersion: { increment: 1 } },
    });
    await lab.stop(before);

    const files = await lab.registered();
    const job = await lab.deploy({ endBlock: "29" });
    await lab.until(job, "COMPLETED");
    expect(await lab.ranges(job, "logs")).toEqual(["0–0", "1–9", "10–19", "20–29"]);
    const added = (await lab.registered()).filter((path) => !files.includes(path));
    expect(added).toEqual([expect.stringMatching(/\/logs\/.*\/000000010-/)]);
  });

  test("for a table that is behind the others first, then for all together", async () => {
    const chain = await startScriptedChain(21);
    const lab = await openLab(database());
    await lab.provide(chain.url);
    await lab.start();
    await lab.until(await lab.deploy({ endBlock: "9" }), "COMPLETED");
    const waiting = await lab.deploy({ endBlock: "20", nodeSelector: "nobody" });
    const blocks = await lab.table(waiting);
    await database().prisma.tableFile.deleteMany({ where: { tableId: blocks.id } });
    await database().prisma.datasetTable.update({
      where: { id: blocks.id },
      data: { startBlock: null, currentBlock: null, filesCount: 0, rowCount: 0, totalSizeBytes: 0 },
    });
    await lab.stop(waiting);
    const job = await lab.deploy({ endBlock: "20" });
    await lab.until(job, "COMPLETED");
    expect(await lab.blocks(job)).toEqual(chain.refs());
    expect(await lab.ranges(job, "logs")).toEqual(["0–0", "1–9", "10–20"]);
  });
});
