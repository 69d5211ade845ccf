import type { TableName } from "../domain/table-name.ts";
import { BLOCK_COLUMNS } from "./blocks-table.ts";
import type { ColumnType } from "./column-type.ts";
import { LOG_COLUMNS } from "./logs-table.ts";
import { TRANSACTION_COLUMNS } from "./transactions-table.ts";

/** What the schema of a table needs to know of a column. */
export type ColumnShape = { readonly name: string; readonly type: ColumnType; readonly nullable: boolean };

/** The columns of every table, in file order: the one source of Arrow's schema and of the buffers. */
export const TABLE_SHAPES: Readonly<Record<TableName, readonly ColumnShape[]>> = {
  blocks: BLOCK_COLUMNS,
  transactions: TRANSACTION_COLUMNS,
  logs: LOG_COLUMNS,
};
