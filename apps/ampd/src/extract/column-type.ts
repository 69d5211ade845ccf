/** What a column can hold, said without Arrow, so that only the encoder's thread loads Arrow. */
export type ColumnType =
  | { readonly kind: "u64" }
  | { readonly kind: "u32" }
  | { readonly kind: "i32" }
  | { readonly kind: "bool" }
  | { readonly kind: "timestamp" }
  | { readonly kind: "decimal" }
  | { readonly kind: "utf8" }
  | { readonly kind: "binary" }
  | { readonly kind: "fixed"; readonly width: number }
  | { readonly kind: "list"; readonly item: ColumnType }
  | { readonly kind: "struct"; readonly fields: readonly StructField[] };

/** One field of a struct, never null, and how to read it from an item of the RPC answer. */
export type StructField = {
  readonly name: string;
  readonly type: ColumnType;
  readonly read: (item: object) => unknown;
};

/** An unsigned integer of 64 bits. */
export const U64: ColumnType = { kind: "u64" };
/** An unsigned integer of 32 bits. */
export const U32: ColumnType = { kind: "u32" };
/** A signed integer of 32 bits. */
export const I32: ColumnType = { kind: "i32" };
export const BOOL: ColumnType = { kind: "bool" };
/** Nanoseconds since 1970 in UTC, `Timestamp(ns, "+00:00")`; appended as seconds. */
export const TIMESTAMP: ColumnType = { kind: "timestamp" };
/** `Decimal128(38, 0)`. */
export const DECIMAL: ColumnType = { kind: "decimal" };
/** A quantity as decimal digits: 256 bits fit in no number type of Parquet. */
export const UTF8: ColumnType = { kind: "utf8" };
export const BINARY: ColumnType = { kind: "binary" };
export const HASH: ColumnType = { kind: "fixed", width: 32 };
export const ADDRESS: ColumnType = { kind: "fixed", width: 20 };

export function listOf(item: ColumnType): ColumnType {
  return { kind: "list", item };
}
