/** The buffers behind one type's values, as Arrow lays them out. */
export type ValueData = {
  /** Int32 offsets, length + 1 of them, of variable-size types and lists. */
  readonly offsets: Uint8Array<ArrayBuffer> | undefined;
  readonly values: Uint8Array<ArrayBuffer> | undefined;
  /** A list's items, or a struct's fields. */
  readonly children: readonly ColumnData[];
};

/** A column free of Arrow's classes: every array owns its memory, so all of them can be transferred to another thread. */
export type ColumnData = ValueData & {
  readonly length: number;
  readonly nullCount: number;
  /** One bit a row; absent where the column cannot hold nulls. */
  readonly validity: Uint8Array<ArrayBuffer> | undefined;
};

/** Every buffer of the columns, for the transfer list of `postMessage`. */
export function buffersOf(columns: readonly ColumnData[]): ArrayBuffer[] {
  return columns.flatMap(({ validity, offsets, values, children }) => [
    ...[validity, offsets, values].flatMap((bytes) => (bytes === undefined ? [] : [bytes.buffer])),
    ...buffersOf(children),
  ]);
}
