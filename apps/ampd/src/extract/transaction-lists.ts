import { ADDRESS, BOOL, type ColumnType, HASH, listOf, type StructField, U64 } from "./column-type.ts";
import { parseQuantity, toQuantity } from "./quantity.ts";
import { toParity, toWord } from "./signature.ts";

const MAX_U64 = 2n ** 64n - 1n;

/** The list of an EIP-2930 transaction and of every later type. */
export const ACCESS_LIST: ColumnType = listOf({
  kind: "struct",
  fields: [item("address", ADDRESS, "address"), item("storage_keys", listOf(HASH), "storageKeys")],
});

/** The list of an EIP-7702 transaction. */
export const AUTHORIZATION_LIST: ColumnType = listOf({
  kind: "struct",
  fields: [
    { name: "chain_id", type: U64, read: (entry) => toChainId(fieldOf(entry, "chainId")) },
    item("address", ADDRESS, "address"),
    item("nonce", U64, "nonce"),
    { name: "y_parity", type: BOOL, read: toParity },
    { name: "r", type: HASH, read: (entry) => toWord(fieldOf(entry, "r")) },
    { name: "s", type: HASH, read: (entry) => toWord(fieldOf(entry, "s")) },
  ],
});

/**
 * An authorization may name any 256-bit chain: it is then void, but stands in the block (EIP-7702). One beyond the column
 * is written as the highest that fits, or nobody could extract the block.
 */
function toChainId(value: unknown): unknown {
  return parseQuantity(value) > MAX_U64 ? toQuantity(MAX_U64) : value;
}

function item(name: string, type: ColumnType, key: string): StructField {
  return { name, type, read: (entry) => fieldOf(entry, key) };
}

function fieldOf(entry: object, key: string): unknown {
  // Any object may be asked for any key; the column checks what comes out.
  return (entry as Readonly<Record<string, unknown>>)[key];
}
