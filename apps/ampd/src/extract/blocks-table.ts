import type { ChainBlock } from "./chain-block.ts";
import { type Column, optional, required } from "./column.ts";
import { ADDRESS, BINARY, type ColumnType, DECIMAL, HASH, TIMESTAMP, U64 } from "./column-type.ts";
import type { RpcHeader } from "./rpc-block.ts";
import { ZERO_HASH } from "./zero-hash.ts";

/** The columns of `blocks`, in file order. */
export const BLOCK_COLUMNS: readonly Column<ChainBlock>[] = [
  required("_block_num", U64, "block.number", (row) => row.number),
  required("block_num", U64, "block.number", (row) => row.number),
  required("timestamp", TIMESTAMP, "block.timestamp", (row) => row.timestamp),
  header("hash", HASH, "hash"),
  header("parent_hash", HASH, "parentHash"),
  header("ommers_hash", HASH, "sha3Uncles"),
  header("miner", ADDRESS, "miner"),
  header("state_root", HASH, "stateRoot"),
  header("transactions_root", HASH, "transactionsRoot"),
  header("receipt_root", HASH, "receiptsRoot"),
  header("logs_bloom", BINARY, "logsBloom"),
  header("difficulty", DECIMAL, "difficulty"),
  optionalHeader("total_difficulty", DECIMAL, "totalDifficulty"),
  header("gas_limit", U64, "gasLimit"),
  header("gas_used", U64, "gasUsed"),
  header("extra_data", BINARY, "extraData"),
  // Some chains have no proof of work to speak of and leave these two out.
  required("mix_hash", HASH, "block.mixHash", (row) => row.block.mixHash ?? ZERO_HASH),
  required("nonce", U64, "block.nonce", (row) => row.block.nonce ?? 0n),
  optionalHeader("base_fee_per_gas", DECIMAL, "baseFeePerGas"),
  optionalHeader("withdrawals_root", HASH, "withdrawalsRoot"),
  optionalHeader("blob_gas_used", U64, "blobGasUsed"),
  optionalHeader("excess_blob_gas", U64, "excessBlobGas"),
  optionalHeader("parent_beacon_root", HASH, "parentBeaconBlockRoot"),
  optionalHeader("requests_hash", HASH, "requestsHash"),
];

function header(name: string, type: ColumnType, field: keyof RpcHeader): Column<ChainBlock> {
  return required(name, type, `block.${field}`, (row) => row.block[field]);
}

function optionalHeader(name: string, type: ColumnType, field: keyof RpcHeader): Column<ChainBlock> {
  return optional(name, type, `block.${field}`, (row) => row.block[field]);
}
