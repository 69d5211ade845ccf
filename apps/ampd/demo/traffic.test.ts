import { createPublicClient, getAddress, type Hex, http, type TransactionReceipt } from "viem";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type AnvilOptions, callAnvil, startAnvil } from "./anvil.ts";
import { mineTraffic, runTraffic } from "./traffic.ts";

async function startChain(options?: AnvilOptions) {
  const anvil = await startAnvil(options);
  onTestFinished(() => anvil.kill());
  const client = createPublicClient({ transport: http(anvil.url), pollingInterval: 50 });
  return { anvil, client };
}

async function receiptsOf(url: string, firstBlock: number, lastBlock: number): Promise<TransactionReceipt[]> {
  const client = createPublicClient({ transport: http(url) });
  const receipts: TransactionReceipt[] = [];
  for (let block = firstBlock; block <= lastBlock; block++) {
    const { transactions } = await client.getBlock({ blockNumber: BigInt(block) });
    for (const hash of transactions) receipts.push(await client.getTransactionReceipt({ hash }));
  }
  return receipts;
}

/** Each kind that an extraction must get right. */
function kindsOf(receipts: readonly TransactionReceipt[]) {
  return {
    types: new Set(receipts.map(({ type }) => type)),
    statuses: new Set(receipts.map(({ status }) => status)),
    topicCounts: new Set(receipts.flatMap(({ logs }) => logs.map(({ topics }) => topics.length))),
    hasCreation: receipts.some(({ contractAddress, to }) => contractAddress && to === null),
    hasLogWithoutData: receipts.some(({ logs }) => logs.some(({ data }) => data === "0x")),
  };
}

const EVERY_KIND = {
  types: new Set(["legacy", "eip2930", "eip1559"]),
  statuses: new Set(["success", "reverted"]),
  topicCounts: new Set([0, 1, 2, 3, 4]),
  hasCreation: true,
  hasLogWithoutData: true,
};

describe("mined traffic", () => {
  test("is exactly as many blocks as were asked for, with every kind of transaction and log", async () => {
    const { anvil, client } = await startChain();
    await mineTraffic(anvil.url, { blocks: 20 });
    expect(await client.getBlockNumber({ cacheTime: 0 })).toBe(20n);
    expect(kindsOf(await receiptsOf(anvil.url, 1, 20))).toEqual(EVERY_KIND);
  }, 30_000);

  test("has access lists with keys and empty ones, and empty blocks", async () => {
    const { anvil, client } = await startChain();
    await mineTraffic(anvil.url, { blocks: 10 });
    const blocks = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        client.getBlock({ blockNumber: BigInt(index + 1), includeTransactions: true }),
      ),
    );
    const accessLists = blocks.flatMap(({ transactions }) => transactions.map(({ accessList }) => accessList?.length));
    expect(new Set(accessLists)).toEqual(new Set([undefined, 0, 1]));
    expect(blocks.map(({ transactions }) => transactions.length === 0)).toEqual([...Array(9).fill(false), true]);
  }, 30_000);

  test("logs what a token logs", async () => {
    const { anvil, client } = await startChain();
    await mineTraffic(anvil.url, { blocks: 2 });
    const logs = await client.getLogs({ fromBlock: 2n, toBlock: 2n });
    const accountTopic = (address: Hex) => `0x${"0".repeat(24)}${address.slice(2).toLowerCase()}`;
    const second = accountTopic("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    const transfer = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
    expect(
      logs.map(({ topics, data }) => ({ topics, data })).sort((a, b) => a.topics.length - b.topics.length),
    ).toEqual([
      // Deposit(sixth, 2 wei), Transfer(third, second, 10^18), Approval(fourth, second, 10^18), Transfer of token 1.
      expect.objectContaining({ data: `0x${"0".repeat(63)}2` }),
      expect.objectContaining({
        topics: [transfer, accountTopic("0x90F79bf6EB2c4f870365E785982E1f101E93b906"), second],
      }),
      expect.objectContaining({ data: `0x${(10n ** 18n).toString(16).padStart(64, "0")}` }),
      expect.objectContaining({
        topics: [transfer, accountTopic("0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"), second, `0x${"0".repeat(63)}1`],
        data: "0x",
      }),
    ]);
    expect(logs.every(({ address }) => getAddress(address) === getAddress(logs[0]?.address ?? "0x"))).toBe(true);
  }, 30_000);

  test("is the same on every chain with the same genesis", async () => {
    const hashes = await Promise.all(
      [1, 2].map(async () => {
        const { anvil, client } = await startChain({ args: ["--timestamp", "1700000000"] });
        await mineTraffic(anvil.url, { blocks: 60 });
        return (await client.getBlock({ blockNumber: 60n })).hash;
      }),
    );
    expect(hashes[0]).toBe(hashes[1]);
  }, 30_000);

  test("leaves the node mining as it did before", async () => {
    const { anvil, client } = await startChain();
    await mineTraffic(anvil.url, { blocks: 1 });
    await callAnvil(
      anvil.url,
      "eth_sendTransaction",
      [{ from: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", value: "0x1" }],
      AbortSignal.timeout(5_000),
    );
    await vi.waitFor(async () => expect(await client.getBlockNumber({ cacheTime: 0 })).toBe(2n));
  }, 30_000);

  test("ends early when the signal aborts", async () => {
    const { anvil, client } = await startChain();
    await expect(mineTraffic(anvil.url, { blocks: 5, signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await client.getBlockNumber({ cacheTime: 0 })).toBe(0n);
  });
});

describe("running traffic", () => {
  test("makes every kind of transaction, and ends when the signal aborts", async () => {
    const { anvil, client } = await startChain();
    const stop = new AbortController();
    const traffic = runTraffic(anvil.url, stop.signal);
    await vi.waitFor(
      async () => {
        const head = Number(await client.getBlockNumber({ cacheTime: 0 }));
        expect(kindsOf(await receiptsOf(anvil.url, 1, head))).toEqual(EVERY_KIND);
      },
      { timeout: 20_000, interval: 500 },
    );
    stop.abort();
    await traffic;
  }, 30_000);

  test("goes on after the node was away and came back without its state", async () => {
    const { anvil } = await startChain();
    const stop = new AbortController();
    const traffic = runTraffic(anvil.url, stop.signal);
    const head = async (url: string) => Number(await callAnvil(url, "eth_blockNumber", [], AbortSignal.timeout(1_000)));
    await vi.waitFor(async () => expect(await head(anvil.url)).toBeGreaterThan(4), { timeout: 10_000 });
    await anvil.kill();

    const { anvil: again } = await startChain({ port: anvil.port });
    await vi.waitFor(
      async () => {
        const receipts = await receiptsOf(again.url, 1, await head(again.url));
        expect(receipts.some(({ logs }) => logs.some(({ topics }) => topics.length === 3))).toBe(true);
      },
      { timeout: 15_000, interval: 500 },
    );
    stop.abort();
    await traffic;
  }, 40_000);
});
