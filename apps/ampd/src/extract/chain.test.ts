import { expect, test } from "vitest";
import { openReplay as open } from "../../test/open-replay.ts";
import { hashOf, makeEmptyBlocks, type RecordedBlock, readMainnetBlock } from "../../test/recorded-chain.ts";
import { EndpointFailingError, InvalidArgumentError } from "../domain/errors.ts";
import { BrokenLinkError } from "./broken-link-error.ts";
import { openChain } from "./chain.ts";
import type { ChainBlock } from "./chain-block.ts";

const never = new AbortController().signal;
const range = (start: number, end: number) => ({ start: BigInt(start), end: BigInt(end) });

async function collect(blocks: AsyncIterable<ChainBlock>): Promise<bigint[]> {
  const numbers: bigint[] = [];
  for await (const { number } of blocks) numbers.push(number);
  return numbers;
}

test("the chain id is a number, the head and a block are references", async () => {
  const { chain } = await open({ blocks: makeEmptyBlocks(10, 3) });
  expect(await chain.chainId(never)).toBe(1n);
  const head = { number: 12n, hash: hashOf("a", 12), parentHash: hashOf("a", 11), timestamp: 1655778500n };
  expect(await chain.head(never)).toEqual(head);
  expect(await chain.finalized(never)).toEqual(head);
  expect((await chain.block(10n, never))?.hash).toBe(hashOf("a", 10));
});

test("a block beyond the head is undefined, and so is finality where the node refuses the tag", async () => {
  const { chain } = await open({
    blocks: makeEmptyBlocks(10, 1),
    answer: ({ params }) =>
      params[0] === "finalized" ? { error: { code: -39001, message: "Unknown block" } } : undefined,
  });
  expect(await chain.block(11n, never)).toBeUndefined();
  expect(await chain.finalized(never)).toBeUndefined();
});

test("a range comes in order, whole, once, however the answers come", async () => {
  const recorded = makeEmptyBlocks(100, 20);
  // Holds back every block with an even number until the next one was asked for.
  const held: (() => void)[] = [];
  const { chain, server } = await open({
    blocks: recorded,
    script: (calls, response) => {
      const send = () => response.end(JSON.stringify(calls.map((call) => server.respond(call))[0]));
      const isHeld = calls[0]?.method === "eth_getBlockByNumber" && Number(calls[0].params[0]) % 2 === 0;
      if (isHeld) held.push(send);
      else {
        send();
        for (const release of held.splice(0)) release();
      }
      return true;
    },
  });
  expect(await collect(chain.blocks(range(100, 119), never))).toEqual(
    Array.from({ length: 20 }, (_, index) => BigInt(100 + index)),
  );
});

test("a range of one block, mainnet's 15,000,000, carries its transactions and receipts", async () => {
  const { chain } = await open({ blocks: [readMainnetBlock()] });
  const blocks: ChainBlock[] = [];
  for await (const block of chain.blocks(range(15_000_000, 15_000_000), never)) blocks.push(block);
  expect(blocks).toHaveLength(1);
  expect(blocks[0]?.block.transactions).toHaveLength(348);
  expect(blocks[0]?.receipts).toHaveLength(348);
  expect(blocks[0]?.endpoint).toBe("replay");
  const textBytes = JSON.stringify(readMainnetBlock()).length;
  expect(blocks[0]?.sizeBytes).toBeGreaterThan(textBytes * 0.8);
  expect(blocks[0]?.sizeBytes).toBeLessThan(textBytes * 1.25);
});

test("no more blocks than the concurrency are asked for ahead of the consumer, and no more requests are open", async () => {
  let mostOpen = 0;
  const { chain, server } = await open(
    {
      blocks: makeEmptyBlocks(0, 30),
      script: () => {
        mostOpen = Math.max(mostOpen, server.openRequests);
        return false;
      },
    },
    { concurrency: 3 },
  );
  for await (const { number } of chain.blocks(range(0, 29), never)) {
    const asked = server.calls.map(({ params }) => Number(params[0]));
    expect(Math.max(...asked)).toBeLessThanOrEqual(Number(number) + 3);
  }
  expect(mostOpen).toBeLessThanOrEqual(3);
});

test("a broken link within the range is news of its own, after the blocks before it", async () => {
  const blocks = [...makeEmptyBlocks(0, 5, "a"), ...makeEmptyBlocks(5, 5, "b")];
  const { chain } = await open({ blocks });
  const seen: bigint[] = [];
  const reading = (async () => {
    for await (const { number } of chain.blocks(range(0, 9), never)) seen.push(number);
  })();
  await expect(reading).rejects.toThrow(BrokenLinkError);
  await expect(reading).rejects.toMatchObject({ number: 5n, parentHash: hashOf("b", 4), hashBefore: hashOf("a", 4) });
  expect(seen).toEqual([0n, 1n, 2n, 3n, 4n]);
});

test("a null block is asked for again, and refused after some tries", async () => {
  let nulls = 2;
  const once = await open({
    blocks: makeEmptyBlocks(7, 1),
    answer: ({ method }) => (method === "eth_getBlockByNumber" && nulls-- > 0 ? { result: null } : undefined),
  });
  expect(await collect(once.chain.blocks(range(7, 7), never))).toEqual([7n]);
  const always = await open({ blocks: [] });
  const refusal = await collect(always.chain.blocks(range(7, 7), never)).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(EndpointFailingError);
  expect(refusal).toMatchObject({
    message: "endpoint replay kept answering null when asked for eth_getBlockByNumber of block 7",
    fields: { endpoint: "replay", method: "eth_getBlockByNumber", block: "7" },
  });
  expect(always.server.count("eth_getBlockByNumber")).toBe(5);
});

test("receipts of another block are asked for again by the block's hash", async () => {
  const recorded = readMainnetBlock();
  const foreign = recorded.receipts.map((receipt) => ({ ...receipt, blockHash: hashOf("fork", 15_000_000) }));
  const { chain, server } = await open({
    blocks: [recorded],
    answer: ({ method, params }) =>
      method === "eth_getBlockReceipts" && params[0] === recorded.block.number ? { result: foreign } : undefined,
  });
  expect(await collect(chain.blocks(range(15_000_000, 15_000_000), never))).toEqual([15_000_000n]);
  expect(server.calls.at(-1)).toMatchObject({ method: "eth_getBlockReceipts", params: [recorded.block.hash] });
});

test("a reorg between block and receipts ends with the block of the new branch", async () => {
  const [before] = makeEmptyBlocks(5, 1, "old");
  const after = onBlock(readMainnetBlock(), 5, hashOf("new", 5));
  let served = 0;
  const { chain } = await open({
    blocks: [after],
    answer: ({ method }) =>
      method === "eth_getBlockByNumber" && served++ === 0 ? { result: before?.block } : undefined,
  });
  for await (const block of chain.blocks(range(5, 5), never)) expect(block.hash).toBe(hashOf("new", 5));
});

test("receipts that stay foreign are the endpoint's failure", async () => {
  const recorded = readMainnetBlock();
  const foreign = recorded.receipts.map((receipt) => ({ ...receipt, blockHash: hashOf("fork", 15_000_000) }));
  const { chain } = await open({
    blocks: [recorded],
    answer: ({ method }) => (method === "eth_getBlockReceipts" ? { result: foreign } : undefined),
  });
  await expect(collect(chain.blocks(range(15_000_000, 15_000_000), never))).rejects.toThrow(
    "endpoint replay kept answering the receipts of another block when asked for eth_getBlockReceipts of block 15000000",
  );
});

test("without eth_getBlockReceipts the receipts come one by one, in batches, and the method is not asked for again", async () => {
  const recorded = readMainnetBlock();
  const { chain, server } = await open(
    {
      blocks: [recorded],
      answer: ({ method }) =>
        method === "eth_getBlockReceipts" ? { error: { code: -32601, message: "method not found" } } : undefined,
    },
    { batchSize: 100 },
  );
  for (const _ of [1, 2]) {
    for await (const { receipts } of chain.blocks(range(15_000_000, 15_000_000), never)) {
      expect(receipts).toEqual(recorded.receipts);
    }
  }
  expect(server.count("eth_getBlockReceipts")).toBe(1);
  expect(server.batches.filter((size) => size > 1).sort((a, b) => a - b)).toEqual([
    48, 48, 100, 100, 100, 100, 100, 100,
  ]);
});

test("a provider set to receipts per transaction is never asked for a block's", async () => {
  const { chain, server } = await open({ blocks: [readMainnetBlock()] }, { receiptsPerTransaction: true });
  expect(await collect(chain.blocks(range(15_000_000, 15_000_000), never))).toEqual([15_000_000n]);
  expect(server.count("eth_getBlockReceipts")).toBe(0);
  expect(server.count("eth_getTransactionReceipt")).toBe(348);
});

test("a URL of another kind is refused without being named", () => {
  const settings = {
    endpoint: "replay",
    url: "ipc:///secret",
    headers: {},
    timeoutMs: 1,
    concurrency: 1,
    batchSize: 1,
  };
  const opening = () => openChain({ ...settings, receiptsPerTransaction: false, requestsPerMinute: undefined });
  expect(opening).toThrow(InvalidArgumentError);
  expect(opening).not.toThrow(/secret/);
});

/** The recorded block under another number and hash. */
function onBlock({ block, receipts }: RecordedBlock, number: number, hash: string): RecordedBlock {
  const blockNumber = `0x${number.toString(16)}`;
  return {
    block: {
      ...block,
      number: blockNumber,
      hash,
      transactions: block.transactions.map((transaction) => ({ ...transaction, blockHash: hash })),
    },
    receipts: receipts.map((receipt) => ({
      ...receipt,
      blockHash: hash,
      logs: receipt.logs.map((log) => ({ ...log, blockHash: hash })),
    })),
  };
}
