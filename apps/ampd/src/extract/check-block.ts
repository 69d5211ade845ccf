import { BadChainDataError } from "../domain/errors.ts";
import type { BlockRef } from "./chain-block.ts";
import type { RpcBlock, RpcHeader, RpcReceipt, RpcTransaction } from "./rpc-block.ts";
import { FieldRules, RuleFault } from "./rule-fault.ts";

/** What the endpoint said about the block that was asked for. */
export type BlockAnswer = {
  readonly endpoint: string;
  readonly number: bigint;
  readonly block: RpcBlock;
  readonly receipts: readonly RpcReceipt[];
};

/**
 * The rules that hold on every EVM chain and cost nothing to check: block number, receipts = transactions and in their
 * order, log indexes contiguous, cumulative gas not falling, bloom zero ⇔ no logs. The link to the parent is checked
 * where blocks follow each other.
 * @throws {BadChainDataError} naming endpoint, block and field
 */
export function checkBlock({ endpoint, number, block, receipts }: BlockAnswer): BlockRef {
  return refuseAs({ endpoint, number }, () => {
    const ref = readRef(block, number);
    const { transactions } = block;
    BLOCK.holds(
      "receipts",
      receipts.length === transactions.length,
      () => `are ${receipts.length} of ${transactions.length}`,
    );
    checkTransactions(ref, transactions);
    checkReceipts(ref, block, receipts);
    const logs = checkLogs(ref, receipts);
    checkBloom(block, logs);
    return ref;
  });
}

/**
 * The place in the chain of a header that an endpoint answered with.
 * @throws {BadChainDataError} naming endpoint and field
 */
export function readBlockRef(endpoint: string, header: RpcHeader, number?: bigint): BlockRef {
  return refuseAs({ endpoint, number }, () => readRef(header, number));
}

const BLOCK = new FieldRules(() => "block");

function readRef(header: RpcHeader, expected: bigint | undefined): BlockRef {
  const number = BLOCK.quantity("number", header.number);
  BLOCK.holds("number", expected === undefined || number === expected, () => `is ${number}`);
  return {
    number,
    hash: BLOCK.hash("hash", header.hash),
    parentHash: BLOCK.hash("parentHash", header.parentHash),
    timestamp: BLOCK.quantity("timestamp", header.timestamp),
  };
}

function checkTransactions(ref: BlockRef, transactions: readonly RpcTransaction[]): void {
  for (const [index, transaction] of transactions.entries()) {
    const rules = new FieldRules(() => `transactions[${index}]`);
    rules.hash("hash", transaction.hash);
    rules.index("transactionIndex", transaction.transactionIndex, index);
    rules.sameHash("blockHash", transaction.blockHash, ref.hash);
  }
}

/**
 * The n-th receipt is the n-th transaction's. Cumulative gas does not fall, rather than rises: other chains have
 * transactions that use none.
 */
function checkReceipts(ref: BlockRef, { transactions }: RpcBlock, receipts: readonly RpcReceipt[]): void {
  let gasBefore = 0n;
  for (const [index, receipt] of receipts.entries()) {
    const rules = new FieldRules(() => `receipts[${index}]`);
    rules.sameHash("transactionHash", receipt.transactionHash, transactions[index]?.hash);
    rules.index("transactionIndex", receipt.transactionIndex, index);
    rules.sameHash("blockHash", receipt.blockHash, ref.hash);
    const gas = rules.quantity("cumulativeGasUsed", receipt.cumulativeGasUsed);
    rules.holds("cumulativeGasUsed", gas >= gasBefore, () => `falls from ${gasBefore} to ${gas}`);
    gasBefore = gas;
  }
}

/** Log indexes run through the whole block. Returns how many logs there are. */
function checkLogs(ref: BlockRef, receipts: readonly RpcReceipt[]): number {
  let next = 0;
  for (const [index, receipt] of receipts.entries()) {
    for (const [place, log] of receipt.logs.entries()) {
      const rules = new FieldRules(() => `receipts[${index}].logs[${place}]`);
      rules.index("logIndex", log.logIndex, next);
      rules.index("transactionIndex", log.transactionIndex, index);
      rules.sameHash("transactionHash", log.transactionHash, receipt.transactionHash);
      rules.sameHash("blockHash", log.blockHash, ref.hash);
      next += 1;
    }
  }
  return next;
}

function checkBloom({ logsBloom }: RpcBlock, logs: number): void {
  BLOCK.holds("logsBloom", typeof logsBloom === "string", () => "is missing");
  const isZero = /^0x0*$/.test(String(logsBloom));
  BLOCK.holds("logsBloom", isZero === (logs === 0), () =>
    isZero ? `is zero with ${logs} logs` : "is not zero without logs",
  );
}

function refuseAs<Result>(at: { endpoint: string; number: bigint | undefined }, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RuleFault)) throw error;
    const block = at.number === undefined ? null : String(at.number);
    const where = block === null ? "its head" : `block ${block}`;
    throw new BadChainDataError(`endpoint ${at.endpoint} served ${where} with bad data: ${error.message}`, {
      endpoint: at.endpoint,
      block,
      field: error.field,
    });
  }
}
