import { describe, expect, test } from "vitest";
import { callAnvil, startAnvil } from "../../demo/anvil.ts";
import { useDatabase } from "../../test/store-fixtures.ts";
import { startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, type WorkerLab, waitUntil } from "../../test/worker/worker-lab.ts";
import { listEvents } from "../store/event.ts";

const database = useDatabase("pglite");

/** Files 0, 1–5, 6–9 and 10–12, and a job that follows the chain of 13 blocks. */
async function startFollowing(settings: { segmentIntervalMs?: number } = {}) {
  const chain = await startScriptedChain(13);
  const lab = await openLab(database());
  await lab.provide(chain.url);
  await lab.start(settings);
  for (const endBlock of ["5", "9", "12"]) await lab.until(await lab.deploy({ endBlock }), "COMPLETED");
  const job = await lab.deploy();
  await lab.until(job, "RUNNING");
  await waitUntil(
    "the job to look for a new head",
    () => chain.server.calls.at(-1)?.params[0] === "latest" || undefined,
  );
  return { chain, lab, job };
}

/** Waits until table blocks is what the chain is; every table has the same ranges then. */
async function untilEqual(lab: WorkerLab, job: bigint, chain: { refs(): { hash: unknown }[] }): Promise<void> {
  await waitUntil("the tables to be on the endpoint's branch", async () => {
    const files = await lab.files(job);
    return files.some(({ canonical, hash }) => canonical && hash === chain.refs().at(-1)?.hash) || undefined;
  });
  expect(await lab.blocks(job)).toEqual(chain.refs());
  for (const table of ["transactions", "logs"] as const)
    expect(await lab.ranges(job, table)).toEqual(await lab.ranges(job));
}

describe("a reorg", () => {
  test("below the tip, across several files, is followed back to the common ancestor", async () => {
    const { chain, lab, job } = await startFollowing();
    chain.fork(7, 10, "b");
    await untilEqual(lab, job, chain);
    expect((await lab.ranges(job)).slice(0, 2)).toEqual(["0–0", "1–5"]);
    // The old branch stays, as orphans.
    expect((await lab.files(job)).filter(({ canonical }) => !canonical).map(({ start }) => start)).toEqual([6n, 10n]);
    const reorgs = (await listEvents(database(), { job })).filter(({ type }) => type === "REORG");
    const range = { start: "6", end: "12" };
    expect(reorgs.map(({ detail }) => detail)).toEqual([
      { tables: { blocks: range, transactions: range, logs: range } },
    ]);
  });

  test("of equal height is noticed too", async () => {
    const { chain, lab, job } = await startFollowing();
    chain.fork(12, 1, "b");
    await untilEqual(lab, job, chain);
  });

  test("to a shorter branch takes the tables back, and they grow again from there", async () => {
    const { chain, lab, job } = await startFollowing();
    chain.fork(8, 3, "b");
    await untilEqual(lab, job, chain);
    expect((await lab.table(job)).currentBlock).toBe(10n);
    chain.grow(6, "b");
    await untilEqual(lab, job, chain);
  });

  test("after another one, and back to the first branch, leaves every block once", async () => {
    const { chain, lab, job } = await startFollowing();
    for (const [from, branch] of [
      [11, "b"],
      [7, "c"],
      [10, "a"],
      [3, "d"],
    ] as const) {
      chain.fork(from, 14 - from, branch);
      await untilEqual(lab, job, chain);
    }
  });

  test("that replaces the segment in hand publishes nothing of the old branch", async () => {
    const { chain, lab, job } = await startFollowing({ segmentIntervalMs: 2_000 });
    // An attempt's first segment is published at once.
    chain.grow(1);
    await untilEqual(lab, job, chain);
    const fetched = chain.server.count("eth_getBlockReceipts");
    chain.grow(2);
    await waitUntil(
      "the new blocks to be in hand",
      () => chain.server.count("eth_getBlockReceipts") >= fetched + 2 || undefined,
    );
    chain.fork(15, 1, "b");
    await untilEqual(lab, job, chain);
    expect((await lab.files(job)).filter(({ canonical }) => !canonical)).toEqual([]);
  });

  test("while blocks are fetched never links two branches", async () => {
    const { chain, lab, job } = await startFollowing();
    let asked = 0;
    chain.answer = ({ method }) => {
      if (method === "eth_getBlockReceipts" && ++asked === 20) chain.fork(9, 50, "b");
      return undefined;
    };
    chain.grow(40);
    await waitUntil("the reorg", () => asked >= 20 || undefined);
    await untilEqual(lab, job, chain);
  });

  test("below the finalized block fails the job with CHAIN_MISMATCH, and nothing is extracted again", async () => {
    const { chain, lab, job } = await startFollowing();
    const files = await lab.objects();
    chain.finalized = 9;
    chain.fork(8, 10, "b");
    const { lastError, attempt } = await lab.until(job, "FAILED");
    expect(lastError).toMatchObject({ code: "CHAIN_MISMATCH", retryable: false });
    expect(attempt).toBe(1);
    expect(await lab.objects()).toEqual(files);
  });

  test("that replaced the last block while no job ran is repaired, although that height is final by now", async () => {
    const chain = await startScriptedChain(13);
    chain.finalized = 5;
    const lab = await openLab(database());
    await lab.provide(chain.url);
    await lab.start();
    await lab.until(await lab.deploy({ endBlock: "12" }), "COMPLETED");
    chain.fork(12, 10, "b");
    chain.finalized = 20;
    await untilEqual(lab, await lab.deploy(), chain);
  });

  test("of a block that was seen to be final fails the job, whatever the endpoint calls final now", async () => {
    const chain = await startScriptedChain(13);
    chain.finalized = 5;
    const lab = await openLab(database());
    await lab.provide(chain.url);
    await lab.start();
    for (const endBlock of ["4", "12"]) await lab.until(await lab.deploy({ endBlock }), "COMPLETED");
    chain.fork(3, 12, "b");
    chain.finalized = 1;
    const { lastError } = await lab.until(await lab.deploy(), "FAILED");
    expect(lastError).toMatchObject({ code: "CHAIN_MISMATCH", fields: { block: "4", finalized: "5" } });
  });

  test.each([1, 30])(
    "to another genesis fails the job with CHAIN_MISMATCH, also when that chain has %i blocks",
    async (blocks) => {
      const { chain, lab, job } = await startFollowing();
      const files = await lab.objects();
      chain.cut(0).grow(blocks, "other");
      expect((await lab.until(job, "FAILED")).lastError).toMatchObject({ code: "CHAIN_MISMATCH" });
      expect(await lab.objects()).toEqual(files);
    },
  );
});

test("a node that lags behind what is published is waited for, and nothing is extracted again", async () => {
  const { chain, lab, job } = await startFollowing();
  const files = await lab.objects();
  chain.cut(8);
  const polls = chain.server.calls.length;
  await waitUntil("some rounds", () => chain.server.calls.length >= polls + 4 || undefined);
  expect(await lab.job(job)).toMatchObject({ status: "RUNNING", attempt: 1 });
  expect(await lab.objects()).toEqual(files);
  expect((await lab.table(job)).currentBlock).toBe(12n);
  chain.grow(10);
  await untilEqual(lab, job, chain);
});

test("an endpoint that contradicts itself for long is a curable failure, not an endless walk", async () => {
  const { chain, lab, job } = await startFollowing();
  chain.grow(1);
  const parent = `0x${"ab".repeat(32)}`;
  chain.answer = ({ params }) => {
    if (Number(params[0]) !== 13) return undefined;
    return { result: params[1] === undefined ? [] : { ...chain.block(13), parentHash: parent } };
  };
  const { lastError } = await lab.until(job, ({ failures }) => failures === 1);
  expect(lastError).toMatchObject({ code: "ENDPOINT_FAILING", message: expect.stringContaining("contradicts itself") });
});

test("on a real node: reorgs at and below the tip leave the chain that the node has", async () => {
  const anvil = await startAnvil();
  try {
    const call = (method: string, ...params: unknown[]) =>
      callAnvil(anvil.url, method, params, AbortSignal.timeout(5_000));
    await call("anvil_mine", "0x14");
    const lab = await openLab(database());
    await lab.provide(anvil.url);
    await lab.start();
    const job = await lab.deploy();
    await lab.untilBlock(job, 20);
    for (const depth of [1, 5, 12]) {
      await call("anvil_reorg", depth, []);
      await call("anvil_mine", "0x2");
      const head = Number(await call("eth_blockNumber"));
      const blocks: { number: number; hash: unknown; parent: unknown }[] = [];
      for (let number = 0; number <= head; number += 1) {
        const block = (await call("eth_getBlockByNumber", `0x${number.toString(16)}`, false)) as Record<
          string,
          unknown
        >;
        blocks.push({ number, hash: block.hash, parent: block.parentHash });
      }
      await untilEqual(lab, job, { refs: () => blocks });
    }
  } finally {
    await anvil.stop();
  }
});
