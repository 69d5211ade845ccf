import type { RpcBlock, RpcReceipt } from "./rpc-block.ts";

/** JSON text around the variable parts, measured on mainnet block 15,000,000 (2026-11-24): means, rounded up. */
const HEADER_BYTES = 2000;
const TRANSACTION_BYTES = 950;
const RECEIPT_BYTES = 1150;
const LOG_BYTES = 750;

/**
 * About the size of a block and its receipts as JSON text. The text itself is gone when its meaning is known, and its
 * compressed length says little; the estimate only has to bound memory.
 */
export function estimateSize(block: RpcBlock, receipts: readonly RpcReceipt[]): number {
  let size = HEADER_BYTES + block.transactions.length * TRANSACTION_BYTES + receipts.length * RECEIPT_BYTES;
  for (const { input } of block.transactions) size += lengthOf(input);
  for (const { logs } of receipts) {
    size += logs.length * LOG_BYTES;
    for (const { data } of logs) size += lengthOf(data);
  }
  return size;
}

function lengthOf(value: unknown): number {
  return typeof value === "string" ? value.length : 0;
}
