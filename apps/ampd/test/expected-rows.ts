import {
  type Block,
  formatBlock,
  formatTransactionReceipt,
  type Hex,
  pad,
  type RpcBlock,
  type RpcTransactionReceipt,
  type Transaction,
  type TransactionReceipt,
  toHex,
  zeroHash,
} from "viem";
import type { PlainRow } from "./read-parquet.ts";

/** A block as viem reads it from what an endpoint served. */
export type FormattedBlock = { readonly block: Block<bigint, true>; readonly receipts: readonly TransactionReceipt[] };

/** Reads raw answers with viem's formatters. */
export function formatWithViem(raw: {
  readonly block: unknown;
  readonly receipts: readonly unknown[];
}): FormattedBlock {
  return {
    // The formatters take what an endpoint serves.
    block: formatBlock(raw.block as RpcBlock) as Block<bigint, true>,
    receipts: raw.receipts.map((receipt) => formatTransactionReceipt(receipt as RpcTransactionReceipt)),
  };
}

/** The row of `blocks` that the specification asks for. */
export function expectedBlock({ block }: FormattedBlock): PlainRow {
  return {
    _block_num: block.number,
    block_num: block.number,
    timestamp: block.timestamp * 1_000_000_000n,
    hash: block.hash,
    parent_hash: block.parentHash,
    ommers_hash: block.sha3Uncles,
    miner: block.miner,
    state_root: block.stateRoot,
    transactions_root: block.transactionsRoot,
    receipt_root: block.receiptsRoot,
    logs_bloom: block.logsBloom,
    difficulty: block.difficulty,
    total_difficulty: block.totalDifficulty ?? null,
    gas_limit: block.gasLimit,
    gas_used: block.gasUsed,
    extra_data: block.extraData,
    mix_hash: block.mixHash ?? zeroHash,
    nonce: BigInt(block.nonce ?? 0),
    base_fee_per_gas: block.baseFeePerGas ?? null,
    withdrawals_root: block.withdrawalsRoot ?? null,
    blob_gas_used: quantityOf(block, "blobGasUsed"),
    excess_blob_gas: quantityOf(block, "excessBlobGas"),
    parent_beacon_root: block.parentBeaconBlockRoot ?? null,
    requests_hash: rawOf(block, "requestsHash"),
  };
}

/** The rows of `transactions` that the specification asks for. */
export function expectedTransactions({ block, receipts }: FormattedBlock): PlainRow[] {
  return block.transactions.map((transaction, index) => {
    const receipt = receipts[index];
    if (receipt === undefined) throw new RangeError(`transaction ${index} has no receipt`);
    return expectedTransaction(block, transaction, receipt);
  });
}

function expectedTransaction(
  block: Block<bigint, true>,
  transaction: Transaction,
  receipt: TransactionReceipt,
): PlainRow {
  const type = Number(transaction.typeHex ?? 0);
  return {
    _block_num: block.number,
    block_hash: block.hash,
    block_num: block.number,
    timestamp: block.timestamp * 1_000_000_000n,
    tx_index: transaction.transactionIndex,
    tx_hash: transaction.hash,
    to: transaction.to,
    nonce: BigInt(transaction.nonce),
    gas_price: type <= 1 ? transaction.gasPrice : null,
    gas_limit: transaction.gas,
    value: String(transaction.value),
    input: transaction.input,
    r: word(transaction.r),
    s: word(transaction.s),
    v_parity: transaction.yParity === undefined ? parityOf(transaction.v) : transaction.yParity === 1,
    chain_id: transaction.chainId === undefined ? null : BigInt(transaction.chainId),
    gas_used: receipt.gasUsed,
    type,
    max_fee_per_gas: transaction.maxFeePerGas ?? transaction.gasPrice ?? null,
    max_priority_fee_per_gas: transaction.maxPriorityFeePerGas ?? null,
    max_fee_per_blob_gas: transaction.maxFeePerBlobGas ?? null,
    from: transaction.from,
    status: receipt.status === "success",
    state_root: receipt.root ?? null,
    access_list:
      type === 0
        ? null
        : (transaction.accessList ?? []).map(({ address, storageKeys }) => ({ address, storage_keys: storageKeys })),
    blob_versioned_hashes: transaction.blobVersionedHashes ?? null,
    authorization_list:
      transaction.authorizationList?.map(({ chainId, address, nonce, yParity, r, s }) => ({
        chain_id: BigInt(chainId),
        address,
        nonce: BigInt(nonce),
        y_parity: yParity === 1,
        r: word(r),
        s: word(s),
      })) ?? null,
  };
}

/** The rows of `logs` that the specification asks for. */
export function expectedLogs({ block, receipts }: FormattedBlock): PlainRow[] {
  return receipts.flatMap(({ logs }) =>
    logs.map((log) => ({
      _block_num: block.number,
      block_hash: block.hash,
      block_num: block.number,
      timestamp: block.timestamp * 1_000_000_000n,
      tx_hash: log.transactionHash,
      tx_index: log.transactionIndex,
      log_index: log.logIndex,
      address: log.address,
      topic0: log.topics[0] ?? null,
      topic1: log.topics[1] ?? null,
      topic2: log.topics[2] ?? null,
      topic3: log.topics[3] ?? null,
      data: log.data,
    })),
  );
}

/** EIP-155: v is 27 or 28, or 35 + 2 × chain id + parity. */
function parityOf(v: bigint): boolean {
  return v >= 35n ? (v - 35n) % 2n === 1n : v === 28n || v === 1n;
}

function word(value: Hex): Hex {
  return pad(toHex(BigInt(value)), { size: 32 });
}

/** A field that viem hands through unread. */
function rawOf(block: object, field: string): unknown {
  return Object.entries(block).find(([name]) => name === field)?.[1] ?? null;
}

function quantityOf(block: object, field: string): bigint | null {
  const value = rawOf(block, field);
  return value === null ? null : BigInt(String(value));
}
