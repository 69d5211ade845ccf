import { type Column, optional, required, type TransactionRow } from "./column.ts";
import {
  ADDRESS,
  BINARY,
  BOOL,
  type ColumnType,
  DECIMAL,
  HASH,
  I32,
  listOf,
  TIMESTAMP,
  U32,
  U64,
  UTF8,
} from "./column-type.ts";
import { FieldFault } from "./field-fault.ts";
import { parseQuantity } from "./quantity.ts";
import type { RpcReceipt, RpcTransaction } from "./rpc-block.ts";
import { toParity, toWord } from "./signature.ts";
import { ACCESS_LIST, AUTHORIZATION_LIST } from "./transaction-lists.ts";

/** EIP-7702; what lies above belongs to other chains. */
const LAST_ETHEREUM_TYPE = 4n;

/** The columns of `transactions`, in file order. */
export const TRANSACTION_COLUMNS: readonly Column<TransactionRow>[] = [
  required("_block_num", U64, "block.number", ({ block }) => block.number),
  required("block_hash", HASH, "block.hash", ({ block }) => block.hash),
  required("block_num", U64, "block.number", ({ block }) => block.number),
  required("timestamp", TIMESTAMP, "block.timestamp", ({ block }) => block.timestamp),
  field("tx_index", U32, "transactionIndex"),
  field("tx_hash", HASH, "hash"),
  optionalField("to", ADDRESS, "to"),
  field("nonce", U64, "nonce"),
  optional("gas_price", DECIMAL, "transaction.gasPrice", ({ transaction }) =>
    typeOf(transaction) <= 1n ? transaction.gasPrice : null,
  ),
  field("gas_limit", U64, "gas"),
  field("value", UTF8, "value"),
  field("input", BINARY, "input"),
  required("r", HASH, "transaction.r", ({ transaction }) => toWord(transaction.r)),
  required("s", HASH, "transaction.s", ({ transaction }) => toWord(transaction.s)),
  required("v_parity", BOOL, "transaction.v", ({ transaction }) => toParity(transaction)),
  optionalField("chain_id", U64, "chainId"),
  // What this transaction used; Amp's files carry the cumulative figure under this name.
  required("gas_used", U64, "receipt.gasUsed", ({ receipt }) => receipt.gasUsed),
  required("type", I32, "transaction.type", ({ transaction }) => typeOf(transaction)),
  // A type without the field pays its gas price at most, so the two agree.
  optional(
    "max_fee_per_gas",
    DECIMAL,
    "transaction.maxFeePerGas",
    ({ transaction }) => transaction.maxFeePerGas ?? transaction.gasPrice,
  ),
  optionalField("max_priority_fee_per_gas", DECIMAL, "maxPriorityFeePerGas"),
  optionalField("max_fee_per_blob_gas", DECIMAL, "maxFeePerBlobGas"),
  field("from", ADDRESS, "from"),
  required("status", BOOL, "receipt.status", ({ receipt }) => statusOf(receipt)),
  optional("state_root", HASH, "receipt.root", ({ receipt }) => receipt.root),
  optional("access_list", ACCESS_LIST, "transaction.accessList", ({ transaction }) => accessListOf(transaction)),
  optionalField("blob_versioned_hashes", listOf(HASH), "blobVersionedHashes"),
  optionalField("authorization_list", AUTHORIZATION_LIST, "authorizationList"),
];

function field(name: string, type: ColumnType, key: keyof RpcTransaction): Column<TransactionRow> {
  return required(name, type, `transaction.${key}`, ({ transaction }) => transaction[key]);
}

function optionalField(name: string, type: ColumnType, key: keyof RpcTransaction): Column<TransactionRow> {
  return optional(name, type, `transaction.${key}`, ({ transaction }) => transaction[key]);
}

/** Nodes older than EIP-2718 name no type: everything was legacy then. */
function typeOf(transaction: RpcTransaction): bigint {
  return transaction.type === undefined ? 0n : parseQuantity(transaction.type);
}

/**
 * Before Byzantium (EIP-658) a receipt holds a state root and no status, and a failed transaction cannot be told from
 * the receipt: the column says true then, as is the convention, and a `state_root` marks such rows.
 */
function statusOf(receipt: RpcReceipt): boolean | undefined {
  const { status, root } = receipt;
  if (status === undefined || status === null) return root === undefined || root === null ? undefined : true;
  const code = parseQuantity(status);
  if (code > 1n) throw new FieldFault(`${code} is neither 0 nor 1`);
  return code === 1n;
}

/** Null where the type knows no access list (legacy, deposits); some nodes leave an empty one out. */
function accessListOf(transaction: RpcTransaction): unknown {
  const type = typeOf(transaction);
  if (type === 0n) return null;
  return transaction.accessList ?? (type <= LAST_ETHEREUM_TYPE ? [] : null);
}
