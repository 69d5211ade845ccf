import {
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
} from "@duckdb/node-api";

/** A row with plain values: binary as `0x` hex, decimals and 64-bit integers as bigint, times in nanoseconds. */
export type PlainRow = Record<string, unknown>;

/** Reads a Parquet file with an engine that shares no code with the writer. */
export async function queryParquet(sql: string): Promise<PlainRow[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const rows = await (await connection.runAndReadAll(sql)).getRowObjects();
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toPlain(value)])));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function toPlain(value: unknown): unknown {
  if (value instanceof DuckDBBlobValue) return `0x${Buffer.from(value.bytes).toString("hex")}`;
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBTimestampTZValue) return value.micros * 1000n;
  if (value instanceof DuckDBListValue) return value.items.map(toPlain);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, entry]) => [name, toPlain(entry)]));
  }
  return value;
}
