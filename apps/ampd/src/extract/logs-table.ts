import { type Column, type LogRow, optional, required } from "./column.ts";
import { ADDRESS, BINARY, HASH, TIMESTAMP, U32, U64 } from "./column-type.ts";
import { FieldFault, quoteValue } from "./field-fault.ts";
import type { RpcLog } from "./rpc-block.ts";

/** The columns of `logs`, in file order. */
export const LOG_COLUMNS: readonly Column<LogRow>[] = [
  required("_block_num", U64, "block.number", ({ block }) => block.number),
  required("block_hash", HASH, "block.hash", ({ block }) => block.hash),
  required("block_num", U64, "block.number", ({ block }) => block.number),
  required("timestamp", TIMESTAMP, "block.timestamp", ({ block }) => block.timestamp),
  required("tx_hash", HASH, "log.transactionHash", ({ receipt }) => receipt.transactionHash),
  required("tx_index", U32, "log.transactionIndex", ({ receipt }) => receipt.transactionIndex),
  required("log_index", U32, "log.logIndex", ({ log }) => log.logIndex),
  required("address", ADDRESS, "log.address", ({ log }) => log.address),
  optional("topic0", HASH, "log.topics[0]", ({ log }) => topicsOf(log)[0]),
  optional("topic1", HASH, "log.topics[1]", ({ log }) => topicsOf(log)[1]),
  optional("topic2", HASH, "log.topics[2]", ({ log }) => topicsOf(log)[2]),
  optional("topic3", HASH, "log.topics[3]", ({ log }) => topicsOf(log)[3]),
  required("data", BINARY, "log.data", ({ log }) => log.data),
];

function topicsOf(log: RpcLog): readonly unknown[] {
  if (!Array.isArray(log.topics)) throw new FieldFault(`${quoteValue(log.topics)} is not a list`);
  // The EVM has LOG0 to LOG4: a fifth topic would have no column to go to.
  if (log.topics.length > 4) throw new FieldFault(`has ${log.topics.length} topics`);
  return log.topics;
}
