import { BadChainDataError } from "../domain/errors.ts";
import type { TableName } from "../domain/table-name.ts";
import { BLOCK_COLUMNS } from "./blocks-table.ts";
import type { ChainBlock } from "./chain-block.ts";
import type { Column, LogRow, TransactionRow } from "./column.ts";
import { ColumnBuffer } from "./column-buffer.ts";
import type { ColumnData } from "./column-data.ts";
import { FieldFault } from "./field-fault.ts";
import { LOG_COLUMNS } from "./logs-table.ts";
import { TRANSACTION_COLUMNS } from "./transactions-table.ts";

/** The growing rows of one table: all rows of a block are appended, or none. */
export interface TableRows {
  readonly rows: number;
  readonly sizeBytes: number;
  /** @throws {BadChainDataError} naming endpoint, method, block and field; `truncate` must follow */
  append(block: ChainBlock): void;
  /** Keeps the first `rows` rows. */
  truncate(rows: number): void;
  /** Hands the columns over, in file order; starts again empty. */
  take(): readonly ColumnData[];
}

export function openTable(table: TableName): TableRows {
  switch (table) {
    case "blocks":
      return new Rows(BLOCK_COLUMNS, (block) => [block]);
    case "transactions":
      return new Rows(TRANSACTION_COLUMNS, transactionRows);
    case "logs":
      return new Rows(LOG_COLUMNS, logRows);
  }
}

class Rows<Row> implements TableRows {
  readonly #columns: readonly { readonly column: Column<Row>; readonly buffer: ColumnBuffer }[];
  readonly #rowsOf: (block: ChainBlock) => Iterable<Row>;
  #rows = 0;

  constructor(columns: readonly Column<Row>[], rowsOf: (block: ChainBlock) => Iterable<Row>) {
    this.#columns = columns.map((column) => ({ column, buffer: new ColumnBuffer(column.type, column.nullable) }));
    this.#rowsOf = rowsOf;
  }

  get rows(): number {
    return this.#rows;
  }

  get sizeBytes(): number {
    return this.#columns.reduce((sum, { buffer }) => sum + buffer.sizeBytes, 0);
  }

  append(block: ChainBlock): void {
    const first = this.#rows;
    for (const row of this.#rowsOf(block)) {
      for (const { column, buffer } of this.#columns) {
        try {
          buffer.append(column.read(row));
        } catch (fault) {
          throw fault instanceof FieldFault ? badField({ block, column, row: this.#rows - first, fault }) : fault;
        }
      }
      this.#rows += 1;
    }
  }

  truncate(rows: number): void {
    for (const { buffer } of this.#columns) buffer.truncate(rows);
    this.#rows = rows;
  }

  take(): readonly ColumnData[] {
    this.#rows = 0;
    return this.#columns.map(({ buffer }) => buffer.take());
  }
}

function* transactionRows(block: ChainBlock): Iterable<TransactionRow> {
  for (const [index, transaction] of block.block.transactions.entries()) {
    // checkBlock has matched the two lists.
    const receipt = block.receipts[index];
    if (receipt !== undefined) yield { block, transaction, receipt };
  }
}

function* logRows(block: ChainBlock): Iterable<LogRow> {
  for (const receipt of block.receipts) {
    for (const log of receipt.logs) yield { block, log, receipt };
  }
}

function badField<Row>(at: {
  block: ChainBlock;
  column: Column<Row>;
  row: number;
  fault: FieldFault;
}): BadChainDataError {
  const { endpoint, number } = at.block;
  const { name, source } = at.column;
  const isOfBlock = source.startsWith("block.") || source.startsWith("transaction.");
  const method = isOfBlock ? "eth_getBlockByNumber" : "eth_getBlockReceipts";
  return new BadChainDataError(
    `endpoint ${endpoint}, ${method} of block ${number}: ${source} (row ${at.row} of the block in column ${name}) ${at.fault.message}`,
    { endpoint, method, block: String(number), field: source, column: name },
  );
}
