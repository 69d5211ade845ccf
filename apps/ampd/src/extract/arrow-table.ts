import {
  Binary,
  Bool,
  type Data,
  Decimal,
  Field,
  FixedSizeBinary,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Timestamp,
  TimeUnit,
  Uint32,
  Uint64,
  Utf8,
} from "apache-arrow";
import type { ColumnData } from "./column-data.ts";
import type { ColumnType } from "./column-type.ts";
import type { ColumnShape } from "./tables.ts";

/** One record batch over the given buffers, which Arrow uses as they are: no value is copied. */
export function toArrowTable(shapes: readonly ColumnShape[], columns: readonly ColumnData[], rows: number): Table {
  const filled = shapes.map((shape, index) => toField(shape, columnAt(columns, index)));
  const schema = new Schema(filled.map(({ field }) => field));
  const children = filled.map(({ data }) => data);
  const batch = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children });
  return new Table(schema, [new RecordBatch(schema, batch)]);
}

function toField({ name, type, nullable }: ColumnShape, column: ColumnData): { field: Field; data: Data } {
  const data = toArrowData(type, column);
  return { field: new Field(name, data.type, nullable), data };
}

function columnAt(columns: readonly ColumnData[], index: number): ColumnData {
  const column = columns[index];
  if (column === undefined) throw new RangeError(`column ${index} has no buffers`);
  return column;
}

/** `makeData` lays the type's own array class over each buffer; buffers are aligned, for each owns its memory. */
function toArrowData(type: ColumnType, column: ColumnData): Data {
  const { length, nullCount, validity: nullBitmap, values: data, offsets } = column;
  const common = { length, nullCount, nullBitmap };
  const valueOffsets = offsets === undefined ? new Int32Array(1) : new Int32Array(offsets.buffer);
  switch (type.kind) {
    case "u64":
      return makeData({ type: new Uint64(), ...common, data });
    case "u32":
      return makeData({ type: new Uint32(), ...common, data });
    case "i32":
      return makeData({ type: new Int32(), ...common, data });
    case "bool":
      return makeData({ type: new Bool(), ...common, data });
    case "timestamp":
      return makeData({ type: new Timestamp(TimeUnit.NANOSECOND, "+00:00"), ...common, data });
    case "decimal":
      return makeData({ type: new Decimal(0, 38, 128), ...common, data });
    case "fixed":
      return makeData({ type: new FixedSizeBinary(type.width), ...common, data });
    case "utf8":
      return makeData({ type: new Utf8(), ...common, data, valueOffsets });
    case "binary":
      return makeData({ type: new Binary(), ...common, data, valueOffsets });
    case "list": {
      const child = toArrowData(type.item, columnAt(column.children, 0));
      return makeData({ type: new List(new Field("item", child.type, false)), ...common, valueOffsets, child });
    }
    case "struct": {
      const filled = type.fields.map(({ name, type: inner }, index) =>
        toField({ name, type: inner, nullable: false }, columnAt(column.children, index)),
      );
      const fields = filled.map(({ field }) => field);
      const children = filled.map(({ data: child }) => child);
      return makeData({ type: new Struct(fields), ...common, children });
    }
  }
}
