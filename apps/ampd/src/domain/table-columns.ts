import type { TableName } from "./table-name.ts";

/** A column of a table's Parquet files. The type is in Arrow's words. */
export type TableColumn = { readonly name: string; readonly type: string; readonly nullable: boolean };

const HASH = "FixedSizeBinary(32)";
const ADDRESS = "FixedSizeBinary(20)";
const DECIMAL = "Decimal128(38, 0)";
const TIMESTAMP = "Timestamp(Nanosecond, UTC)";
const ACCESS_LIST = `List<Struct<address: ${ADDRESS}, storage_keys: List<${HASH}>>>`;
const AUTHORIZATION_LIST = `List<Struct<chain_id: UInt64, address: ${ADDRESS}, nonce: UInt64, y_parity: Boolean, r: ${HASH}, s: ${HASH}>>`;

/** The columns of every table, in file order. */
export const TABLE_COLUMNS: Readonly<Record<TableName, readonly TableColumn[]>> = {
  blocks: [
    column("_block_num", "UInt64"),
    column("block_num", "UInt64"),
    column("timestamp", TIMESTAMP),
    column("hash", HASH),
    column("parent_hash", HASH),
    column("ommers_hash", HASH),
    column("miner", ADDRESS),
    column("state_root", HASH),
    column("transactions_root", HASH),
    column("receipt_root", HASH),
    column("logs_bloom", "Binary"),
    column("difficulty", DECIMAL),
    optional("total_difficulty", DECIMAL),
    column("gas_limit", "UInt64"),
    column("gas_used", "UInt64"),
    column("extra_data", "Binary"),
    column("mix_hash", HASH),
    column("nonce", "UInt64"),
    optional("base_fee_per_gas", DECIMAL),
    optional("withdrawals_root", HASH),
    optional("blob_gas_used", "UInt64"),
    optional("excess_blob_gas", "UInt64"),
    optional("parent_beacon_root", HASH),
    optional("requests_hash", HASH),
  ],
  transactions: [
    column("_block_num", "UInt64"),
    column("block_hash", HASH),
    column("block_num", "UInt64"),
    column("timestamp", TIMESTAMP),
    column("tx_index", "UInt32"),
    column("tx_hash", HASH),
    optional("to", ADDRESS),
    column("nonce", "UInt64"),
    optional("gas_price", DECIMAL),
    column("gas_limit", "UInt64"),
    column("value", "Utf8"),
    column("input", "Binary"),
    column("r", HASH),
    column("s", HASH),
    column("v_parity", "Boolean"),
    optional("chain_id", "UInt64"),
    column("gas_used", "UInt64"),
    column("type", "Int32"),
    optional("max_fee_per_gas", DECIMAL),
    optional("max_priority_fee_per_gas", DECIMAL),
    optional("max_fee_per_blob_gas", DECIMAL),
    column("from", ADDRESS),
    column("status", "Boolean"),
    optional("state_root", HASH),
    optional("access_list", ACCESS_LIST),
    optional("blob_versioned_hashes", `List<${HASH}>`),
    optional("authorization_list", AUTHORIZATION_LIST),
  ],
  logs: [
    column("_block_num", "UInt64"),
    column("block_hash", HASH),
    column("block_num", "UInt64"),
    column("timestamp", TIMESTAMP),
    column("tx_hash", HASH),
    column("tx_index", "UInt32"),
    column("log_index", "UInt32"),
    column("address", ADDRESS),
    optional("topic0", HASH),
    optional("topic1", HASH),
    optional("topic2", HASH),
    optional("topic3", HASH),
    column("data", "Binary"),
  ],
};

/** The columns of a table by its name; none of one that no manifest may have. */
export function columnsOf(table: string): readonly TableColumn[] {
  return Object.entries(TABLE_COLUMNS).find(([name]) => name === table)?.[1] ?? [];
}

function column(name: string, type: string): TableColumn {
  return { name, type, nullable: false };
}

function optional(name: string, type: string): TableColumn {
  return { name, type, nullable: true };
}
