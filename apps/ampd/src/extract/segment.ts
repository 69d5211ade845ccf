import type { SegmentSpan } from "../domain/segment-file.ts";
import type { TableName } from "../domain/table-name.ts";
import type { BlockRef, ChainBlock } from "./chain-block.ts";
import type { ColumnData } from "./column-data.ts";
import { openTable, type TableRows } from "./table-rows.ts";

/** Consecutive blocks as columns of the wanted tables, until {@link Segment.take} hands them to the encoder. */
export class Segment {
  readonly network: string;
  readonly #tables: ReadonlyMap<TableName, TableRows>;
  #first: BlockRef | undefined;
  #last: BlockRef | undefined;
  #bytes = 0;

  constructor(input: { readonly network: string; readonly tables: readonly TableName[] }) {
    this.network = input.network;
    this.#tables = new Map(input.tables.map((table) => [table, openTable(table)]));
  }

  get tables(): readonly TableName[] {
    return [...this.#tables.keys()];
  }

  get blocks(): number {
    return this.#first === undefined || this.#last === undefined
      ? 0
      : Number(this.#last.number - this.#first.number) + 1;
  }

  /** Rows of all tables together. */
  get rows(): number {
    return this.#tables.values().reduce((sum, table) => sum + table.rows, 0);
  }

  /** Bytes of all columns, before compression. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * All of the block or nothing: after a refusal the segment is what it was before.
   * @throws {BadChainDataError} where a field is missing or does not fit its column
   * @throws {RangeError} where the block does not follow the last one: a bug of the caller, who looks for reorgs
   */
  append(block: ChainBlock): void {
    if (this.#last !== undefined && (block.number !== this.#last.number + 1n || block.parentHash !== this.#last.hash)) {
      throw new RangeError(`block ${block.number} does not follow block ${this.#last.number} of the segment`);
    }
    const rowsBefore = [...this.#tables.values()].map((table) => ({ table, rows: table.rows }));
    try {
      for (const { table } of rowsBefore) table.append(block);
    } catch (error) {
      for (const { table, rows } of rowsBefore) table.truncate(rows);
      throw error;
    }
    const { number, hash, parentHash, timestamp } = block;
    this.#last = { number, hash, parentHash, timestamp };
    this.#first ??= this.#last;
    this.#bytes = this.#tables.values().reduce((sum, table) => sum + table.sizeBytes, 0);
  }

  /** @throws {RangeError} when no block was appended */
  span(): SegmentSpan {
    if (this.#first === undefined || this.#last === undefined) throw new RangeError("an empty segment has no span");
    return {
      network: this.network,
      start: this.#first.number,
      end: this.#last.number,
      hash: this.#last.hash,
      prevHash: this.#first.parentHash,
      timestamp: this.#last.timestamp,
    };
  }

  /** Hands one table's columns over, without a copy, and forgets its rows; the span stays. */
  take(table: TableName): { readonly columns: readonly ColumnData[]; readonly rows: number } {
    const rows = this.#tables.get(table);
    if (rows === undefined) throw new RangeError(`the segment does not collect table ${table}`);
    return { rows: rows.rows, columns: rows.take() };
  }
}
