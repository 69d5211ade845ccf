import fc from "fast-check";
import { expect, test } from "vitest";
import { ColumnBuffer } from "./column-buffer.ts";
import type { ColumnData } from "./column-data.ts";
import {
  ADDRESS,
  BINARY,
  BOOL,
  type ColumnType,
  DECIMAL,
  HASH,
  I32,
  listOf,
  TIMESTAMP,
  U32,
  U64,
  UTF8,
} from "./column-type.ts";
import { FieldFault } from "./field-fault.ts";
import { GrowingBytes } from "./growing-bytes.ts";

const quantity = (max: bigint) => fc.bigInt({ min: 0n, max });
const toHex = (value: bigint) => `0x${value.toString(16)}`;
const hexOf = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;

function columnOf(type: ColumnType, values: readonly unknown[], nullable = false): ColumnData {
  const column = new ColumnBuffer(type, nullable);
  for (const value of values) column.append(value);
  return column.take();
}

/** Reads a buffer with an array of its own kind: that the kind fits is the claim of the test. */
const buffer = (bytes: Uint8Array<ArrayBuffer> | undefined) => bytes?.buffer ?? new ArrayBuffer(0);

test("unsigned integers come back whole", () => {
  fc.assert(
    fc.property(fc.array(quantity(2n ** 64n - 1n)), fc.array(quantity(2n ** 32n - 1n)), (longs, shorts) => {
      expect([...new BigUint64Array(buffer(columnOf(U64, longs.map(toHex)).values))]).toEqual(longs);
      expect([...new Uint32Array(buffer(columnOf(U32, shorts.map(toHex)).values))]).toEqual(shorts.map(Number));
    }),
  );
});

test("decimals of up to 38 digits come back whole", () => {
  fc.assert(
    fc.property(fc.array(quantity(10n ** 38n - 1n)), (values) => {
      const halves = new BigUint64Array(buffer(columnOf(DECIMAL, values.map(toHex)).values));
      expect(values.map((_, index) => (halves[index * 2] ?? 0n) + ((halves[index * 2 + 1] ?? 0n) << 64n))).toEqual(
        values,
      );
    }),
  );
});

test("seconds become nanoseconds without loss", () => {
  fc.assert(
    fc.property(fc.array(quantity(9_223_372_036n)), (seconds) => {
      const nanoseconds = new BigInt64Array(buffer(columnOf(TIMESTAMP, seconds.map(toHex)).values));
      expect([...nanoseconds]).toEqual(seconds.map((second) => second * 10n ** 9n));
    }),
  );
});

test("binary values come back whole, with their bounds and their nulls", () => {
  const values = fc.array(fc.option(fc.uint8Array({ maxLength: 40 })));
  fc.assert(
    fc.property(values, (wanted) => {
      const column = columnOf(
        BINARY,
        wanted.map((bytes) => (bytes === null ? null : hexOf(bytes))),
        true,
      );
      const offsets = new Int32Array(buffer(column.offsets));
      const validity = column.validity ?? new Uint8Array();
      const read = wanted.map((_, row) =>
        ((validity[row >> 3] ?? 0) >> (row & 7)) & 1
          ? hexOf((column.values ?? new Uint8Array()).subarray(offsets[row], offsets[row + 1]))
          : null,
      );
      expect(read).toEqual(wanted.map((bytes) => (bytes === null ? null : hexOf(bytes))));
      expect(column.nullCount).toBe(wanted.filter((bytes) => bytes === null).length);
    }),
  );
});

test("a column that was cut back equals one that never grew", () => {
  const lists = fc.array(
    fc.option(fc.array(fc.constantFrom(`0x${"12".repeat(32)}`, `0x${"ff".repeat(32)}`), { maxLength: 3 })),
  );
  fc.assert(
    fc.property(lists, lists, (kept, dropped) => {
      const column = new ColumnBuffer(listOf(HASH), true);
      for (const value of [...kept, ...dropped]) column.append(value);
      column.truncate(kept.length);
      expect(column.take()).toEqual(columnOf(listOf(HASH), kept, true));
    }),
  );
});

test("booleans that were cut back leave no bit behind", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), fc.array(fc.boolean()), (kept, after) => {
      const column = new ColumnBuffer(BOOL, false);
      for (const value of kept) column.append(value);
      for (const value of after) column.append(!value);
      column.truncate(kept.length);
      for (const value of after) column.append(value);
      expect(column.take()).toEqual(columnOf(BOOL, [...kept, ...after]));
    }),
  );
});

test("256 bits become decimal digits", () => {
  const column = columnOf(UTF8, [toHex(2n ** 256n - 1n), "0x0"]);
  expect(Buffer.from(buffer(column.values)).toString()).toBe(`${2n ** 256n - 1n}0`);
});

test.each<[why: string, type: ColumnType, value: unknown]>([
  ["one more than 64 bits", U64, toHex(2n ** 64n)],
  ["one more than 32 bits", U32, toHex(2n ** 32n)],
  ["one more than 31 bits", I32, toHex(2n ** 31n)],
  ["39 digits", DECIMAL, toHex(10n ** 38n)],
  ["one more than 256 bits", UTF8, toHex(2n ** 256n)],
  ["the second after the last of 64 bits of nanoseconds", TIMESTAMP, toHex(9_223_372_037n)],
  ["a negative number", U64, -1n],
  ["no digits", U64, "0x"],
  ["decimal digits", U64, "12"],
  ["a letter that is no digit", U64, "0x1g"],
  ["a JSON number", U64, 12],
  ["a hash one byte short", HASH, `0x${"ab".repeat(31)}`],
  ["a hash one byte long", HASH, `0x${"ab".repeat(33)}`],
  ["an address with a letter that is no digit", ADDRESS, `0x${"ab".repeat(19)}zz`],
  ["half a byte", BINARY, "0xabc"],
  ["bytes without their prefix", BINARY, "abcd"],
  ["a letter that is no digit among bytes", BINARY, "0xabzz"],
  ["a word", BOOL, "true"],
  ["an object in the place of a list", listOf(HASH), {}],
  ["a null in a list", listOf(HASH), [null]],
  ["nothing", HASH, undefined],
])("%s is refused, never bent to fit", (_why, type, value) => {
  expect(() => columnOf(type, [value])).toThrow(FieldFault);
});

test("a buffer refuses to grow beyond the offsets of Arrow", () => {
  expect(() => new GrowingBytes().grow(2 ** 31)).toThrow(RangeError);
});
