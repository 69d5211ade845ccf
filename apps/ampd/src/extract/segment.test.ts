import { expect, test } from "vitest";
import { queryParquet } from "../../test/read-parquet.ts";
import { hashOf, makeEmptyBlocks, type RecordedBlock, readMainnetBlock } from "../../test/recorded-chain.ts";
import { writeTables } from "../../test/write-tables.ts";
import { BadChainDataError } from "../domain/errors.ts";
import { TABLE_NAMES } from "../domain/table-name.ts";
import type { ChainBlock } from "./chain-block.ts";
import { checkBlock } from "./check-block.ts";
import type { RpcHeader, RpcReceipt, RpcTransaction } from "./rpc-block.ts";
import { Segment } from "./segment.ts";

const mainnet = readMainnetBlock();
const [legacy, dynamic] = [14, 0].map((index) => ({
  transaction: mainnet.block.transactions[index] ?? {},
  receipt: mainnet.receipts[index] ?? { logs: [] },
}));

function toChainBlock(recorded: RecordedBlock): ChainBlock {
  const number = BigInt(String(recorded.block.number));
  const ref = checkBlock({ endpoint: "alchemy", number, ...recorded });
  return { ...ref, ...recorded, endpoint: "alchemy", sizeBytes: 0 };
}

/** A block with one transaction made of a recorded one. */
function blockOf(
  transaction: RpcTransaction,
  change: { readonly receipt?: Partial<RpcReceipt>; readonly header?: RpcHeader } = {},
): ChainBlock {
  const [empty] = makeEmptyBlocks(5, 1);
  if (empty === undefined) throw new RangeError("no block");
  const { hash: blockHash } = empty.block;
  const receipt = { ...legacy?.receipt, transactionHash: transaction.hash, logs: [], ...change.receipt };
  return toChainBlock({
    block: { ...empty.block, ...change.header, transactions: [{ ...transaction, transactionIndex: "0x0", blockHash }] },
    receipts: [{ ...receipt, transactionIndex: "0x0", blockHash }],
  });
}

async function rowOf(block: ChainBlock, table: "blocks" | "transactions" = "transactions") {
  const { pathOf } = await writeTables([block]);
  const [row] = await queryParquet(`FROM '${pathOf(table)}'`);
  return row;
}

function refusalOf(block: ChainBlock): BadChainDataError {
  try {
    new Segment({ network: "mainnet", tables: TABLE_NAMES }).append(block);
  } catch (error) {
    if (error instanceof BadChainDataError) return error;
    throw error;
  }
  throw new Error("the block was accepted");
}

test("an empty segment has no blocks, rows and bytes, and no span", () => {
  const segment = new Segment({ network: "mainnet", tables: TABLE_NAMES });
  expect([segment.blocks, segment.rows]).toEqual([0, 0]);
  expect(() => segment.span()).toThrow(RangeError);
});

test("a segment spans its blocks: hash of the last, parent of the first", () => {
  const segment = new Segment({ network: "mainnet", tables: ["blocks", "logs"] });
  for (const recorded of makeEmptyBlocks(0, 3)) segment.append(toChainBlock(recorded));
  expect(segment.span()).toEqual({
    network: "mainnet",
    start: 0n,
    end: 2n,
    hash: hashOf("a", 2),
    prevHash: hashOf("a", -1),
    timestamp: 1_655_778_500n,
  });
  expect([segment.blocks, segment.rows]).toEqual([3, 3]);
  expect(segment.bytes).toBeGreaterThan(0);
});

test("a block that does not follow the last one is the caller's mistake", () => {
  const segment = new Segment({ network: "mainnet", tables: ["blocks"] });
  const [first, , third] = makeEmptyBlocks(0, 3).map(toChainBlock);
  const [, fork] = makeEmptyBlocks(0, 2, "b").map(toChainBlock);
  if (!first || !third || !fork) throw new RangeError("no block");
  segment.append(first);
  expect(() => segment.append(third)).toThrow(RangeError);
  expect(() => segment.append(fork)).toThrow(RangeError);
});

test("a refused block leaves the segment as it was, so that it can still be written", async () => {
  const [first, second] = makeEmptyBlocks(4, 2).map(toChainBlock);
  const bad = { ...blockOf({ ...legacy?.transaction, from: "0x12" }), parentHash: hashOf("a", 4) };
  if (!first || !second) throw new RangeError("no block");
  const segment = new Segment({ network: "mainnet", tables: TABLE_NAMES });
  segment.append(first);
  const before = [segment.rows, segment.bytes, segment.span()];
  expect(() => segment.append(bad)).toThrow(BadChainDataError);
  expect([segment.rows, segment.span()]).toEqual([before[0], before[2]]);
  segment.append(second);
  const whole = new Segment({ network: "mainnet", tables: TABLE_NAMES });
  for (const block of [first, second]) whole.append(block);
  for (const table of TABLE_NAMES) expect(segment.take(table)).toEqual(whole.take(table));
});

test.each<[field: string, method: string, block: ChainBlock]>([
  ["transaction.from", "eth_getBlockByNumber", blockOf({ ...legacy?.transaction, from: undefined })],
  ["transaction.nonce", "eth_getBlockByNumber", blockOf({ ...legacy?.transaction, nonce: "0x10000000000000000" })],
  [
    "transaction.gasPrice",
    "eth_getBlockByNumber",
    blockOf({ ...legacy?.transaction, gasPrice: `0x${"f".repeat(32)}` }),
  ],
  ["transaction.v", "eth_getBlockByNumber", blockOf({ ...legacy?.transaction, v: "0x5" })],
  ["receipt.gasUsed", "eth_getBlockReceipts", blockOf({ ...legacy?.transaction }, { receipt: { gasUsed: undefined } })],
  ["receipt.status", "eth_getBlockReceipts", blockOf({ ...legacy?.transaction }, { receipt: { status: undefined } })],
  ["block.miner", "eth_getBlockByNumber", blockOf({ ...legacy?.transaction }, { header: { miner: undefined } })],
])("a bad %s is refused, naming endpoint, method, block and field", (field, method, block) => {
  const refusal = refusalOf(block);
  expect(refusal.message).toMatch(`endpoint alchemy, ${method} of block 5: ${field} `);
  expect(refusal.fields).toMatchObject({ endpoint: "alchemy", method, block: "5", field });
});

test("mix hash and nonce that a chain leaves out are zero, other optional fields are null", async () => {
  const header = { mixHash: undefined, nonce: undefined, baseFeePerGas: undefined };
  const row = await rowOf(blockOf({ ...legacy?.transaction }, { header }), "blocks");
  expect(row).toMatchObject({
    mix_hash: `0x${"00".repeat(32)}`,
    nonce: 0n,
    base_fee_per_gas: null,
    requests_hash: null,
  });
});

test("headers after Cancun and Prague fill their columns", async () => {
  const root = `0x${"cd".repeat(32)}`;
  const header = {
    withdrawalsRoot: root,
    parentBeaconBlockRoot: root,
    requestsHash: root,
    blobGasUsed: "0x20000",
    excessBlobGas: "0x0",
    totalDifficulty: "0xc70d815d562d3cfa955",
  };
  expect(await rowOf(blockOf({ ...legacy?.transaction }, { header }), "blocks")).toMatchObject({
    withdrawals_root: root,
    parent_beacon_root: root,
    requests_hash: root,
    blob_gas_used: 131_072n,
    excess_blob_gas: 0n,
    total_difficulty: 0xc70d815d562d3cfa955n,
  });
});

test("a deposit, a type that Ethereum does not know, has no signature and no gas price", async () => {
  const { r, s, v, yParity, accessList, maxFeePerGas, ...rest } = { ...dynamic?.transaction };
  const deposit = { ...rest, type: "0x7e", gasPrice: "0x0", sourceHash: hashOf("a", 1), mint: "0x1" };
  expect(await rowOf(blockOf(deposit))).toMatchObject({
    type: 126,
    r: `0x${"00".repeat(32)}`,
    s: `0x${"00".repeat(32)}`,
    v_parity: false,
    gas_price: null,
    max_fee_per_gas: 0n,
    access_list: null,
  });
});

test("a blob transaction carries its hashes and its fee", async () => {
  const hashes = [hashOf("blob", 1), hashOf("blob", 2)];
  const blob = { ...dynamic?.transaction, type: "0x3", maxFeePerBlobGas: "0x3b9aca00", blobVersionedHashes: hashes };
  expect(await rowOf(blockOf(blob))).toMatchObject({
    type: 3,
    gas_price: null,
    max_fee_per_blob_gas: 1_000_000_000n,
    blob_versioned_hashes: hashes,
  });
});

test("a receipt from before Byzantium has its state root and counts as a success", async () => {
  const root = hashOf("state", 1);
  const { type, ...untyped } = { ...legacy?.transaction };
  const row = await rowOf(blockOf(untyped, { receipt: { status: undefined, root } }));
  expect(row).toMatchObject({ type: 0, status: true, state_root: root, access_list: null });
});

test.each([
  ["0x0", false],
  ["0x1", true],
  ["0x1b", false],
  ["0x1c", true],
  ["0x25", false],
  ["0x26", true],
])("a v of %s is parity %s", async (v, parity) => {
  expect(await rowOf(blockOf({ ...legacy?.transaction, v }))).toMatchObject({ v_parity: parity });
});

test("halves of a signature without leading zeros are padded", async () => {
  const row = await rowOf(blockOf({ ...legacy?.transaction, r: "0x1", s: "0xabc" }));
  expect(row).toMatchObject({ r: `0x${"1".padStart(64, "0")}`, s: `0x${"abc".padStart(64, "0")}` });
});

test("only a type from 1 to 4 that leaves its access list out has an empty one", async () => {
  const { accessList, ...without } = { ...dynamic?.transaction };
  expect(await rowOf(blockOf(without))).toMatchObject({ type: 2, access_list: [] });
});
