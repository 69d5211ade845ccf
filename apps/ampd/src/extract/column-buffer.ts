import { Bitmap } from "./bitmap.ts";
import type { ColumnData, ValueData } from "./column-data.ts";
import type { ColumnType, StructField } from "./column-type.ts";
import { FieldFault, quoteValue } from "./field-fault.ts";
import { BooleanValues, FixedValues, Offsets, type ValueBuffer, VariableValues } from "./value-buffer.ts";
import {
  appendBinary,
  appendDigits,
  writeDecimal,
  writeFixed,
  writeI32,
  writeTimestamp,
  writeU32,
  writeU64,
} from "./write-value.ts";

/** One column of growing typed arrays. */
export class ColumnBuffer {
  readonly #values: ValueBuffer;
  readonly #validity: Bitmap | undefined;
  #length = 0;

  constructor(type: ColumnType, nullable: boolean) {
    this.#values = openValues(type);
    this.#validity = nullable ? new Bitmap() : undefined;
  }

  get length(): number {
    return this.#length;
  }

  get sizeBytes(): number {
    return this.#values.sizeBytes + (this.#validity?.sizeBytes ?? 0);
  }

  /** @throws {FieldFault} when the value is missing, of another kind or out of range; `truncate` must follow */
  append(value: unknown): void {
    const isNull = value === undefined || value === null;
    if (isNull && this.#validity === undefined) throw new FieldFault("is missing");
    if (isNull) this.#values.skip();
    else this.#values.append(value);
    this.#validity?.push(!isNull);
    this.#length += 1;
  }

  /** Keeps the first `length` rows, whatever a failed `append` has left behind them. */
  truncate(length: number): void {
    this.#values.truncate(length);
    this.#validity?.truncate(length);
    this.#length = length;
  }

  /** Hands the buffers over; the column starts again empty. */
  take(): ColumnData {
    const length = this.#length;
    this.#length = 0;
    const nullCount = this.#validity?.countZeros() ?? 0;
    return { length, nullCount, validity: this.#validity?.take(), ...this.#values.take() };
  }
}

class ListValues implements ValueBuffer {
  readonly #offsets = new Offsets();
  readonly #items: ColumnBuffer;

  constructor(item: ColumnType) {
    this.#items = new ColumnBuffer(item, false);
  }

  get sizeBytes(): number {
    return this.#offsets.sizeBytes + this.#items.sizeBytes;
  }

  append(value: unknown): void {
    if (!Array.isArray(value)) throw new FieldFault(`${quoteValue(value)} is not a list`);
    for (const item of value) this.#items.append(item);
    this.skip();
  }

  skip(): void {
    this.#offsets.push(this.#items.length);
  }

  truncate(length: number): void {
    this.#items.truncate(this.#offsets.truncate(length));
  }

  take(): ValueData {
    return { offsets: this.#offsets.take(), values: undefined, children: [this.#items.take()] };
  }
}

class StructValues implements ValueBuffer {
  readonly #fields: readonly { readonly field: StructField; readonly column: ColumnBuffer }[];

  constructor(fields: readonly StructField[]) {
    this.#fields = fields.map((field) => ({ field, column: new ColumnBuffer(field.type, false) }));
  }

  get sizeBytes(): number {
    return this.#fields.reduce((sum, { column }) => sum + column.sizeBytes, 0);
  }

  append(value: unknown): void {
    if (typeof value !== "object" || value === null) throw new FieldFault(`${quoteValue(value)} is not an object`);
    for (const { field, column } of this.#fields) {
      try {
        column.append(field.read(value));
      } catch (fault) {
        throw fault instanceof FieldFault ? new FieldFault(`${field.name}: ${fault.message}`) : fault;
      }
    }
  }

  skip(): never {
    throw new FieldFault("is missing");
  }

  truncate(length: number): void {
    for (const { column } of this.#fields) column.truncate(length);
  }

  take(): ValueData {
    return { offsets: undefined, values: undefined, children: this.#fields.map(({ column }) => column.take()) };
  }
}

function openValues(type: ColumnType): ValueBuffer {
  switch (type.kind) {
    case "u64":
      return new FixedValues(8, writeU64);
    case "u32":
      return new FixedValues(4, writeU32);
    case "i32":
      return new FixedValues(4, writeI32);
    case "timestamp":
      return new FixedValues(8, writeTimestamp);
    case "decimal":
      return new FixedValues(16, writeDecimal);
    case "fixed":
      return new FixedValues(type.width, writeFixed(type.width));
    case "bool":
      return new BooleanValues();
    case "utf8":
      return new VariableValues(appendDigits);
    case "binary":
      return new VariableValues(appendBinary);
    case "list":
      return new ListValues(type.item);
    case "struct":
      return new StructValues(type.fields);
  }
}
