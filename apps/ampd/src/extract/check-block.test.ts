import { expect, test } from "vitest";
import { makeEmptyBlocks, type RecordedBlock, readMainnetBlock } from "../../test/recorded-chain.ts";
import { BadChainDataError } from "../domain/errors.ts";
import { checkBlock, readBlockRef } from "./check-block.ts";
import type { RpcBlock, RpcLog, RpcReceipt, RpcTransaction } from "./rpc-block.ts";

const mainnet = readMainnetBlock();
const number = 15_000_000n;
const foreign = `0x${"ab".repeat(32)}`;

function refusalOf(recorded: RecordedBlock): BadChainDataError {
  try {
    checkBlock({ endpoint: "alchemy", number, ...recorded });
  } catch (error) {
    if (error instanceof BadChainDataError) return error;
    throw error;
  }
  throw new Error("the block was accepted");
}

const withBlock = (change: Partial<RpcBlock>): RecordedBlock => ({
  ...mainnet,
  block: { ...mainnet.block, ...change },
});

const withReceipt = (at: number, change: Partial<RpcReceipt>): RecordedBlock => ({
  ...mainnet,
  receipts: mainnet.receipts.map((receipt, index) => (index === at ? { ...receipt, ...change } : receipt)),
});

const withTransaction = (at: number, change: RpcTransaction): RecordedBlock =>
  withBlock({
    transactions: mainnet.block.transactions.map((transaction, index) =>
      index === at ? { ...transaction, ...change } : transaction,
    ),
  });

/** Receipt 2 has the block's first logs. */
const withLog = (change: RpcLog): RecordedBlock =>
  withReceipt(2, {
    logs: (mainnet.receipts[2]?.logs ?? []).map((log, index) => (index === 0 ? { ...log, ...change } : log)),
  });

test("mainnet's block 15,000,000 keeps every rule", () => {
  expect(checkBlock({ endpoint: "alchemy", number, ...mainnet })).toEqual({
    number,
    hash: "0x9a71a95be3fe957457b11817587e5af4c7e24836d5b383c430ff25b9286a457f",
    parentHash: "0x93a8a23a2f5296db7251ab4c5e9b10bdc5a6c9c4ed56fb230dc729d3dc03a138",
    timestamp: 1_655_778_500n,
  });
});

test.each<[field: string, recorded: RecordedBlock]>([
  ["block.number", withBlock({ number: "0xe4e1c1" })],
  ["block.number", withBlock({ number: undefined })],
  ["block.hash", withBlock({ hash: "0x12" })],
  ["block.parentHash", withBlock({ parentHash: null })],
  ["block.timestamp", withBlock({ timestamp: "soon" })],
  ["block.logsBloom", withBlock({ logsBloom: undefined })],
  ["block.logsBloom", withBlock({ logsBloom: `0x${"00".repeat(256)}` })],
  ["block.receipts", { ...mainnet, receipts: mainnet.receipts.slice(0, -1) }],
  ["receipts[0].transactionHash", { ...mainnet, receipts: mainnet.receipts.toReversed() }],
  ["receipts[5].transactionIndex", withReceipt(5, { transactionIndex: "0x6" })],
  ["receipts[5].blockHash", withReceipt(5, { blockHash: foreign })],
  ["receipts[5].cumulativeGasUsed", withReceipt(5, { cumulativeGasUsed: "0x1" })],
  ["receipts[5].cumulativeGasUsed", withReceipt(5, { cumulativeGasUsed: undefined })],
  ["transactions[7].hash", withTransaction(7, { hash: undefined })],
  ["transactions[7].transactionIndex", withTransaction(7, { transactionIndex: "0x8" })],
  ["transactions[7].blockHash", withTransaction(7, { blockHash: foreign })],
  ["receipts[2].logs[0].logIndex", withLog({ logIndex: "0x1" })],
  ["receipts[2].logs[0].transactionIndex", withLog({ transactionIndex: "0x3" })],
  ["receipts[2].logs[0].transactionHash", withLog({ transactionHash: foreign })],
  ["receipts[2].logs[0].blockHash", withLog({ blockHash: foreign })],
])("a bad %s is refused, naming endpoint, block and field", (field, recorded) => {
  const refusal = refusalOf(recorded);
  expect(refusal.message.startsWith(`endpoint alchemy served block 15000000 with bad data: ${field} `)).toBe(true);
  expect(refusal.fields).toEqual({ endpoint: "alchemy", block: "15000000", field });
  expect(refusal.retryable).toBe(true);
});

test("a bloom that is not zero is refused where no log is", () => {
  const [empty] = makeEmptyBlocks(15_000_000, 1);
  const block = { ...mainnet.block, ...empty?.block, logsBloom: mainnet.block.logsBloom };
  expect(refusalOf({ block, receipts: [] }).message).toContain("block.logsBloom is not zero without logs");
});

test("equal cumulative gas is allowed: other chains have transactions that use none", () => {
  const before = mainnet.receipts[4]?.cumulativeGasUsed;
  expect(checkBlock({ endpoint: "alchemy", number, ...withReceipt(5, { cumulativeGasUsed: before }) }).number).toBe(
    number,
  );
});

test("hashes may come in upper case and leave in lower case", () => {
  const hash = String(mainnet.block.hash);
  const upper = { number: "0x5", hash: `0x${hash.slice(2).toUpperCase()}`, parentHash: foreign, timestamp: "0x1" };
  expect(readBlockRef("alchemy", upper).hash).toBe(hash);
});
