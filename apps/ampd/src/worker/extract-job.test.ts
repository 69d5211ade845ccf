import { describe, expect, test } from "vitest";
import { useDatabase } from "../../test/store-fixtures.ts";
import { startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, waitUntil } from "../../test/worker/worker-lab.ts";

const database = useDatabase("pglite");

/** A chain of so many blocks, a provider for it and a worker. */
async function startLab(blocks: number) {
  const chain = await startScriptedChain(blocks);
  const lab = await openLab(database());
  await lab.provide(chain.url);
  await lab.start();
  return { chain, lab };
}

describe("a job with an end", () => {
  test("completes with every block up to a number, once and linked, in every table", async () => {
    const { chain, lab } = await startLab(30);
    const job = await lab.deploy({ endBlock: "24" });
    await lab.until(job, "COMPLETED");
    expect(await lab.blocks(job)).toEqual(chain.refs(0, 24));
    for (const table of ["transactions", "logs"] as const) {
      expect(await lab.ranges(job, table)).toEqual(await lab.ranges(job));
    }
    expect(await lab.registered()).toEqual(await lab.objects());
  });

  test.each([
    { endBlock: "latest", end: 19 },
    { endBlock: "-5", end: 14 },
    { endBlock: "-100", end: 0 },
  ])("ends at $end of 20 blocks when it says $endBlock, which the first attempt fixes", async ({ endBlock, end }) => {
    const { chain, lab } = await startLab(20);
    const job = await lab.deploy({ endBlock });
    const { targetBlock } = await lab.until(job, "COMPLETED");
    expect(targetBlock).toBe(BigInt(end));
    expect(await lab.blocks(job)).toEqual(chain.refs(0, end));
  });

  test("beyond the head waits, and completes when the chain has grown", async () => {
    const { chain, lab } = await startLab(10);
    const job = await lab.deploy({ endBlock: "14" });
    await lab.untilBlock(job, 9);
    expect(await lab.job(job)).toMatchObject({ status: "RUNNING", failures: 0 });
    chain.grow(10);
    await lab.until(job, "COMPLETED");
    expect(await lab.blocks(job)).toEqual(chain.refs(0, 14));
  });

  test("that is there already completes without another extraction", async () => {
    const { chain, lab } = await startLab(10);
    await lab.until(await lab.deploy({ endBlock: "9" }), "COMPLETED");
    const receipts = chain.server.count("eth_getBlockReceipts");
    const again = await lab.deploy({ endBlock: "5" });
    await lab.until(again, "COMPLETED");
    expect(chain.server.count("eth_getBlockReceipts")).toBe(receipts);
    expect((await lab.table(again)).currentBlock).toBe(9n);
  });

  test("goes on where an earlier job came to", async () => {
    const { chain, lab } = await startLab(30);
    await lab.until(await lab.deploy({ endBlock: "9" }), "COMPLETED");
    const job = await lab.deploy({ endBlock: "20" });
    await lab.until(job, "COMPLETED");
    expect(await lab.ranges(job)).toEqual(["0–0", "1–9", "10–20"]);
    expect(await lab.blocks(job)).toEqual(chain.refs(0, 20));
  });

  test("before its start block completes with nothing", async () => {
    const { lab } = await startLab(10);
    const job = await lab.deploy({ endBlock: "3", manifest: { start_block: 5 } });
    await lab.until(job, "COMPLETED");
    expect(await lab.blocks(job)).toEqual([]);
  });
});

test("a start block above 0 is the first block of every table", async () => {
  const { chain, lab } = await startLab(20);
  const job = await lab.deploy({ endBlock: "12", manifest: { start_block: 7 } });
  await lab.until(job, "COMPLETED");
  expect(await lab.blocks(job)).toEqual(chain.refs(7, 12));
  expect(await lab.ranges(job)).toEqual(["7–7", "8–12"]);
});

test.each(["latest", "12"])("a start block beyond the head waits for it (end block %s)", async (endBlock) => {
  const { chain, lab } = await startLab(5);
  const job = await lab.deploy({ endBlock, manifest: { start_block: 12 } });
  await waitUntil(
    "the head to be reported",
    async () => (await database().prisma.jobLive.findUnique({ where: { jobNumber: job } })) ?? undefined,
  );
  expect(await lab.job(job)).toMatchObject({ status: "RUNNING", targetBlock: 12n });
  chain.grow(10);
  await lab.until(job, "COMPLETED");
  expect(await lab.blocks(job)).toEqual(chain.refs(12, 12));
});

test("only the tables that the manifest names are made", async () => {
  const { lab } = await startLab(10);
  const job = await lab.deploy({ endBlock: "9", manifest: { tables: { logs: {} } } });
  await lab.until(job, "COMPLETED");
  expect((await database().prisma.datasetTable.findMany()).map(({ tableName }) => tableName)).toEqual(["logs"]);
  expect(await lab.ranges(job, "logs")).toEqual(["0–0", "1–9"]);
});

test("a chain of nothing but its genesis completes with one block", async () => {
  const { chain, lab } = await startLab(1);
  const job = await lab.deploy({ endBlock: "latest" });
  await lab.until(job, "COMPLETED");
  expect(await lab.blocks(job)).toEqual(chain.refs(0, 0));
});

test("with finalized blocks only, nothing is extracted that is not final, and a chain without finality is waited for", async () => {
  const { chain, lab } = await startLab(20);
  const job = await lab.deploy({ manifest: { finalized_blocks_only: true } });
  await waitUntil("the chain to be asked", () => chain.server.calls.find(({ params }) => params[0] === "finalized"));
  chain.finalized = 7;
  await lab.untilBlock(job, 7);
  chain.finalized = 11;
  await lab.untilBlock(job, 11);
  await lab.stop(job);
  await lab.until(job, "STOPPED");
  expect(await lab.blocks(job)).toEqual(chain.refs(0, 11));
});

test("segments are cut at the same numbers wherever a run starts, and the head is not asked for between them", async () => {
  const { chain, lab } = await startLab(1_205);
  await lab.until(await lab.deploy({ endBlock: "500" }), "COMPLETED");
  const calls = chain.server.calls.length;
  const job = await lab.deploy({ endBlock: "1200" });
  await lab.until(job, "COMPLETED");
  expect(await lab.ranges(job)).toEqual(["0–0", "1–500", "501–999", "1000–1200"]);
  // At the start, before the one piece of work, and after it.
  expect(chain.server.calls.slice(calls).filter(({ params }) => params[0] === "latest")).toHaveLength(3);
});
