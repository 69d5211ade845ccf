import { expect, test } from "vitest";
import { openReplay } from "../../test/open-replay.ts";
import { type PlainRow, queryParquet } from "../../test/read-parquet.ts";
import { makeEmptyBlocks } from "../../test/recorded-chain.ts";
import { writeTables } from "../../test/write-tables.ts";

/** Columns as the specification lists them; `?` may be null. */
const SPECIFICATION = {
  blocks: `_block_num u64, block_num u64, timestamp T, hash H, parent_hash H, ommers_hash H, miner A, state_root H,
    transactions_root H, receipt_root H, logs_bloom Binary, difficulty D, total_difficulty D?, gas_limit u64, gas_used u64,
    extra_data Binary, mix_hash H, nonce u64, base_fee_per_gas D?, withdrawals_root H?, blob_gas_used u64?,
    excess_blob_gas u64?, parent_beacon_root H?, requests_hash H?`,
  transactions: `_block_num u64, block_hash H, block_num u64, timestamp T, tx_index u32, tx_hash H, to A?, nonce u64,
    gas_price D?, gas_limit u64, value Utf8, input Binary, r H, s H, v_parity bool, chain_id u64?, gas_used u64, type i32,
    max_fee_per_gas D?, max_priority_fee_per_gas D?, max_fee_per_blob_gas D?, from A, status bool, state_root H?,
    access_list List?, list *, item Struct, address A, storage_keys List, list *, item H,
    blob_versioned_hashes List?, list *, item H,
    authorization_list List?, list *, item Struct, chain_id u64, address A, nonce u64, y_parity bool, r H, s H`,
  logs: `_block_num u64, block_hash H, block_num u64, timestamp T, tx_hash H, tx_index u32, log_index u32, address A,
    topic0 H?, topic1 H?, topic2 H?, topic3 H?, data Binary`,
};

test.each(["blocks", "transactions", "logs"] as const)(
  "the columns of %s have the order, the types and the nullability of the specification",
  async (table) => {
    const { chain } = await openReplay({ blocks: makeEmptyBlocks(0, 1) });
    const { pathOf } = await writeTables(chain.blocks({ start: 0n, end: 0n }, new AbortController().signal));
    const [_root, ...columns] = await queryParquet(`FROM parquet_schema('${pathOf(table)}')`);
    expect(columns.map(describeColumn)).toEqual(SPECIFICATION[table].split(/,\s*/));
  },
);

test.each([
  ["blocks", 24],
  ["transactions", 27],
  ["logs", 13],
] as const)("table %s has %i columns for every reader", async (table, count) => {
  const { chain } = await openReplay({ blocks: makeEmptyBlocks(0, 1) });
  const { pathOf } = await writeTables(chain.blocks({ start: 0n, end: 0n }, new AbortController().signal));
  expect(await queryParquet(`DESCRIBE FROM '${pathOf(table)}'`)).toHaveLength(count);
});

/** Parquet's own words for a column, in the specification's. */
function describeColumn(column: PlainRow): string {
  const { name, type, type_length, repetition_type, converted_type, logical_type } = column;
  if (repetition_type === "REPEATED") return `${name} *`;
  const nullable = repetition_type === "OPTIONAL" ? "?" : "";
  const physical = [type, type_length, converted_type].filter((part) => part !== null).join(" ");
  const isNanosecondsInUtc = /isAdjustedToUTC=1.*NANOS=NanoSeconds/.test(String(logical_type));
  const words: Record<string, string> = {
    "INT64 UINT_64": "u64",
    "INT32 UINT_32": "u32",
    INT32: "i32",
    BOOLEAN: "bool",
    "FIXED_LEN_BYTE_ARRAY 32": "H",
    "FIXED_LEN_BYTE_ARRAY 20": "A",
    "FIXED_LEN_BYTE_ARRAY 16 DECIMAL": /scale=0, precision=38/.test(String(logical_type)) ? "D" : "?",
    BYTE_ARRAY: "Binary",
    "BYTE_ARRAY UTF8": "Utf8",
    LIST: "List",
    INT64: isNanosecondsInUtc ? "T" : "?",
    "": "Struct",
  };
  return `${name} ${words[physical] ?? physical}${nullable}`;
}
