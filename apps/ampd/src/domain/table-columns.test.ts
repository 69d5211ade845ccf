import { expect, test } from "vitest";
import type { ColumnType } from "../extract/column-type.ts";
import { TABLE_SHAPES } from "../extract/tables.ts";
import { columnsOf, TABLE_COLUMNS } from "./table-columns.ts";
import { TABLE_NAMES } from "./table-name.ts";

const WORDS = {
  u64: "UInt64",
  u32: "UInt32",
  i32: "Int32",
  bool: "Boolean",
  timestamp: "Timestamp(Nanosecond, UTC)",
  decimal: "Decimal128(38, 0)",
  utf8: "Utf8",
  binary: "Binary",
};

test.each(TABLE_NAMES)("the columns of %s are those that are written, in their order", (table) => {
  const written = TABLE_SHAPES[table].map(({ name, type, nullable }) => ({ name, type: inWords(type), nullable }));
  expect(TABLE_COLUMNS[table]).toEqual(written);
  expect(columnsOf(table)).toBe(TABLE_COLUMNS[table]);
});

test("a table that nobody writes has no columns", () => {
  expect(columnsOf("traces")).toEqual([]);
  expect(columnsOf("constructor")).toEqual([]);
});

function inWords(type: ColumnType): string {
  if (type.kind === "fixed") return `FixedSizeBinary(${type.width})`;
  if (type.kind === "list") return `List<${inWords(type.item)}>`;
  if (type.kind === "struct") {
    return `Struct<${type.fields.map((field) => `${field.name}: ${inWords(field.type)}`).join(", ")}>`;
  }
  return WORDS[type.kind];
}
