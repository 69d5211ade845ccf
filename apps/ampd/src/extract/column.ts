import type { ChainBlock } from "./chain-block.ts";
import type { ColumnType } from "./column-type.ts";
import type { RpcLog, RpcReceipt, RpcTransaction } from "./rpc-block.ts";

/** What a row of `transactions` is read from. */
export type TransactionRow = {
  readonly block: ChainBlock;
  readonly transaction: RpcTransaction;
  readonly receipt: RpcReceipt;
};

/** What a row of `logs` is read from. */
export type LogRow = { readonly block: ChainBlock; readonly log: RpcLog; readonly receipt: RpcReceipt };

/** One column: its place in the schema, and how a row of the chain's answer fills it. */
export type Column<Row> = {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** What the endpoint calls it, for messages: `block.sha3Uncles`. */
  readonly source: string;
  readonly read: (row: Row) => unknown;
};

/** A column that a row must fill. */
export function required<Row>(
  name: string,
  type: ColumnType,
  source: string,
  read: (row: Row) => unknown,
): Column<Row> {
  return { name, type, nullable: false, source, read };
}

/** A column that is null where the chain has no such thing. */
export function optional<Row>(
  name: string,
  type: ColumnType,
  source: string,
  read: (row: Row) => unknown,
): Column<Row> {
  return { name, type, nullable: true, source, read };
}
