import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { RpcBlock, RpcReceipt } from "../src/extract/rpc-block.ts";

/** A block as an endpoint serves it. */
export type RecordedBlock = { readonly block: RpcBlock; readonly receipts: readonly RpcReceipt[] };

/** Ethereum mainnet block 15,000,000: 348 transactions (91 legacy, 257 of type 2), 719 logs. */
export function readMainnetBlock(): RecordedBlock {
  const file = new URL("./data/mainnet-15000000.json.gz", import.meta.url);
  const [recorded] = JSON.parse(gunzipSync(readFileSync(file)).toString());
  return recorded;
}

/** Blocks without transactions, each the parent of the next; another `branch` makes other hashes. */
export function makeEmptyBlocks(start: number, count: number, branch = "a"): RecordedBlock[] {
  const { block } = readMainnetBlock();
  return Array.from({ length: count }, (_, index) => ({
    block: {
      ...block,
      number: quantity(start + index),
      hash: hashOf(branch, start + index),
      parentHash: hashOf(branch, start + index - 1),
      logsBloom: `0x${"00".repeat(256)}`,
      gasUsed: "0x0",
      transactions: [],
    },
    receipts: [],
  }));
}

/** The hash that {@link makeEmptyBlocks} gives a block. */
export function hashOf(branch: string, number: number): `0x${string}` {
  return `0x${Buffer.from(`${branch}-${number}`).toString("hex").padStart(64, "0")}`;
}

function quantity(value: number): string {
  return `0x${value.toString(16)}`;
}
