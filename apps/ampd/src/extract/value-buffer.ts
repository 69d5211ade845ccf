import { Bitmap } from "./bitmap.ts";
import type { ValueData } from "./column-data.ts";
import { FieldFault, quoteValue } from "./field-fault.ts";
import { GrowingBytes } from "./growing-bytes.ts";

/** The growing values of a column, without its nulls. A failed `append` leaves rubbish behind: `truncate` takes it back. */
export interface ValueBuffer {
  readonly sizeBytes: number;
  append(value: unknown): void;
  /** A place holder under a null. */
  skip(): void;
  /** Keeps the first `length` values. */
  truncate(length: number): void;
  /** Hands the buffers over; starts again empty. */
  take(): ValueData;
}

/** Writes one value into zeroed room at `offset`. */
export type WriteValue = (target: GrowingBytes, offset: number, value: unknown) => void;

/** Values of one width. */
export class FixedValues implements ValueBuffer {
  readonly #width: number;
  readonly #write: WriteValue;
  readonly #bytes = new GrowingBytes();

  constructor(width: number, write: WriteValue) {
    this.#width = width;
    this.#write = write;
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  append(value: unknown): void {
    this.#write(this.#bytes, this.#bytes.grow(this.#width), value);
  }

  skip(): void {
    this.#bytes.grow(this.#width);
  }

  truncate(length: number): void {
    this.#bytes.truncate(length * this.#width);
  }

  take(): ValueData {
    return { offsets: undefined, values: this.#bytes.take(), children: [] };
  }
}

/** Where each variable-size value ends: one int32 a value after a leading zero. */
export class Offsets {
  readonly #bytes = new GrowingBytes();

  constructor() {
    this.#bytes.grow(4);
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  push(end: number): void {
    // First the room, then the view: growing moves the buffer.
    const offset = this.#bytes.grow(4);
    this.#bytes.view.setInt32(offset, end, true);
  }

  /** Keeps the first `length` values and returns where the last of them ends. */
  truncate(length: number): number {
    this.#bytes.truncate((length + 1) * 4);
    return this.#bytes.view.getInt32(length * 4, true);
  }

  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.take();
    this.#bytes.grow(4);
    return taken;
  }
}

/** Binary and text. `encode` appends the bytes of one value to the target. */
export class VariableValues implements ValueBuffer {
  readonly #append: (target: GrowingBytes, value: unknown) => void;
  readonly #offsets = new Offsets();
  readonly #bytes = new GrowingBytes();

  constructor(append: (target: GrowingBytes, value: unknown) => void) {
    this.#append = append;
  }

  get sizeBytes(): number {
    return this.#bytes.length + this.#offsets.sizeBytes;
  }

  append(value: unknown): void {
    this.#append(this.#bytes, value);
    this.skip();
  }

  skip(): void {
    this.#offsets.push(this.#bytes.length);
  }

  truncate(length: number): void {
    this.#bytes.truncate(this.#offsets.truncate(length));
  }

  take(): ValueData {
    return { offsets: this.#offsets.take(), values: this.#bytes.take(), children: [] };
  }
}

/** One bit a value. */
export class BooleanValues implements ValueBuffer {
  readonly #bits = new Bitmap();

  get sizeBytes(): number {
    return this.#bits.sizeBytes;
  }

  append(value: unknown): void {
    if (typeof value !== "boolean") throw new FieldFault(`${quoteValue(value)} is not a boolean`);
    this.#bits.push(value);
  }

  skip(): void {
    this.#bits.push(false);
  }

  truncate(length: number): void {
    this.#bits.truncate(length);
  }

  take(): ValueData {
    return { offsets: undefined, values: this.#bits.take(), children: [] };
  }
}
