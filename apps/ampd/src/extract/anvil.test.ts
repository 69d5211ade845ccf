import { createTestClient, type Hex, http, parseEther, publicActions, walletActions } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { anvil } from "viem/chains";
import { expect, onTestFinished, test } from "vitest";
import { startAnvil } from "../../demo/anvil.ts";
import { expectedBlock, expectedLogs, expectedTransactions, type FormattedBlock } from "../../test/expected-rows.ts";
import { queryParquet } from "../../test/read-parquet.ts";
import { writeTables } from "../../test/write-tables.ts";
import { BrokenLinkError } from "./broken-link-error.ts";
import { type Chain, openChain } from "./chain.ts";

const never = new AbortController().signal;
/** The first of the keys that every Anvil has. */
const account = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const friend = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/** Called without data it emits LOG0 to LOG4, called with data it reverts. */
const RUNTIME = [
  "3615600a57",
  "60006000fd",
  "5b",
  "602a600052",
  "60206000a0",
  "600160206000a1",
  "6002600160206000a2",
  "60036002600160206000a3",
  "600460036002600160006000a4",
  "00",
].join("");
const CREATION: Hex = `0x60${(RUNTIME.length / 2).toString(16).padStart(2, "0")}80600b6000396000f3${RUNTIME}`;

async function startChain(settings: { url?: string } = {}) {
  const node = await startAnvil();
  const client = createTestClient({ account, chain: anvil, mode: "anvil", transport: http(node.url) })
    .extend(publicActions)
    .extend(walletActions);
  const chain = openChain({
    endpoint: "anvil",
    url: settings.url ?? node.url,
    headers: {},
    timeoutMs: 30_000,
    concurrency: 8,
    batchSize: 10,
    receiptsPerTransaction: false,
    requestsPerMinute: undefined,
  });
  onTestFinished(async () => {
    chain.close();
    await node.stop();
  });
  return { node, client, chain };
}

type Client = Awaited<ReturnType<typeof startChain>>["client"];

/** One block with a transaction of every sort that Anvil takes without a blob. */
async function makeTransactions(client: Client): Promise<void> {
  const creation = await client.sendTransaction({ data: CREATION });
  const contract = (await client.waitForTransactionReceipt({ hash: creation })).contractAddress;
  if (!contract) throw new Error("the contract was not created");
  const accessList = [
    { address: contract, storageKeys: [`0x${"11".repeat(32)}`, `0x${"22".repeat(32)}`] },
    { address: account.address, storageKeys: [] },
  ] as const;
  const authorization = await client.signAuthorization({ account, contractAddress: contract, executor: "self" });
  await client.setAutomine(false);
  const nonce = await client.getTransactionCount({ address: account.address });
  await client.sendTransaction({ nonce, to: friend, value: parseEther("1234.5"), type: "legacy" });
  await client.sendTransaction({ nonce: nonce + 1, to: contract, accessList, type: "eip2930", gas: 200_000n });
  await client.sendTransaction({ nonce: nonce + 2, to: contract, accessList: [], gas: 200_000n });
  await client.sendTransaction({ nonce: nonce + 3, to: contract, data: "0x01", gas: 200_000n });
  await client.sendTransaction({
    nonce: nonce + 4,
    to: friend,
    authorizationList: [{ ...authorization, nonce: nonce + 5 }],
    gas: 200_000n,
  });
  await client.mine({ blocks: 1 });
}

async function readWithViem(client: Client, number: bigint): Promise<FormattedBlock> {
  const block = await client.getBlock({ blockNumber: number, includeTransactions: true });
  const receipts = block.transactions.map(({ hash }) => client.getTransactionReceipt({ hash }));
  return { block, receipts: await Promise.all(receipts) };
}

test.each([{ receiptsPerTransaction: false }, { receiptsPerTransaction: true }])(
  "every value of a node's blocks is what viem reads ($receiptsPerTransaction)",
  async ({ receiptsPerTransaction }) => {
    const { client, chain, node } = await startChain();
    await makeTransactions(client);
    await client.mine({ blocks: 3 });
    // viem keeps the number for seconds, and has just waited for a receipt by it.
    const end = await client.getBlockNumber({ cacheTime: 0 });
    const reader = openChain({
      endpoint: "anvil",
      url: node.url.replace("http:", "ws:"),
      headers: {},
      timeoutMs: 30_000,
      concurrency: 3,
      batchSize: 2,
      receiptsPerTransaction,
      requestsPerMinute: undefined,
    });
    onTestFinished(() => reader.close());
    const expected = await Promise.all(
      Array.from({ length: Number(end) + 1 }, (_, number) => readWithViem(client, BigInt(number))),
    );
    for (const source of [chain, reader]) {
      const { pathOf } = await writeTables(source.blocks({ start: 0n, end }, never));
      expect(await queryParquet(`FROM '${pathOf("blocks")}'`)).toEqual(expected.map(expectedBlock));
      expect(await queryParquet(`FROM '${pathOf("transactions")}'`)).toEqual(expected.flatMap(expectedTransactions));
      expect(await queryParquet(`FROM '${pathOf("logs")}'`)).toEqual(expected.flatMap(expectedLogs));
    }
    const transactions = expected.flatMap(expectedTransactions);
    expect(transactions.map(({ type, status }) => [type, status])).toEqual([
      [2, true],
      [0, true],
      [1, true],
      [2, true],
      [2, false],
      [4, true],
    ]);
    expect(expected.flatMap(expectedLogs)).toHaveLength(10);
  },
);

test("head and finality follow the node, and a reorg shows as another hash of the same number", async () => {
  const { client, chain } = await startChain();
  await client.mine({ blocks: 10 });
  expect((await chain.head(never)).number).toBe(10n);
  expect(await chain.finalized(never)).toMatchObject({ number: expect.any(BigInt) });
  expect(await chain.chainId(never)).toBe(31_337n);
  const before = await hashesOf(chain);
  await reorganize(client, 3);
  const after = await hashesOf(chain);
  expect(after.slice(0, 8)).toEqual(before.slice(0, 8));
  for (const number of [8, 9, 10]) expect(after[number]).not.toBe(before[number]);
});

test("a range read across a reorg never links two branches", async () => {
  const { client, chain } = await startChain();
  await client.mine({ blocks: 40 });
  const seen: { hash: string; parentHash: string }[] = [];
  const reading = (async () => {
    for await (const block of chain.blocks({ start: 0n, end: 40n }, never)) {
      if (block.number === 10n) await reorganize(client, 35);
      seen.push(block);
    }
  })();
  await expect(reading).rejects.toThrow(BrokenLinkError);
  for (const [index, block] of seen.entries()) {
    if (index > 0) expect(block.parentHash).toBe(seen[index - 1]?.hash);
  }
});

/** Replaces the newest blocks by empty ones; viem knows the method's types not yet. */
async function reorganize(client: Client, depth: number): Promise<void> {
  const request: (call: { method: string; params: unknown[] }) => Promise<unknown> = client.transport.request;
  await request({ method: "anvil_reorg", params: [depth, []] });
}

async function hashesOf(chain: Chain): Promise<string[]> {
  const hashes: string[] = [];
  for await (const { hash } of chain.blocks({ start: 0n, end: 10n }, never)) hashes.push(hash);
  return hashes;
}
