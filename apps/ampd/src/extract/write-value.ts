import { FieldFault, quoteValue } from "./field-fault.ts";
import type { GrowingBytes } from "./growing-bytes.ts";
import { parseQuantity, parseSmallQuantity, parseUnsigned } from "./quantity.ts";

const DECIMAL_LIMIT = 10n ** 38n;
const NANOSECONDS = 1_000_000_000n;
const LAST_SECOND = (2n ** 63n - 1n) / NANOSECONDS;
const LOW_64 = 2n ** 64n - 1n;
const TWO_32 = 2 ** 32;

export function writeU64(target: GrowingBytes, offset: number, value: unknown): void {
  const small = parseSmallQuantity(value);
  if (small === undefined) {
    target.view.setBigUint64(offset, parseUnsigned(value, 64n), true);
    return;
  }
  // Most quantities are short, and two halves without a bigint are written several times as fast.
  target.view.setUint32(offset, small % TWO_32, true);
  target.view.setUint32(offset + 4, small / TWO_32, true);
}

export function writeU32(target: GrowingBytes, offset: number, value: unknown): void {
  target.view.setUint32(offset, Number(parseUnsigned(value, 32n)), true);
}

/** RPC quantities have no sign, so a 32-bit integer with sign has 31 bits for them. */
export function writeI32(target: GrowingBytes, offset: number, value: unknown): void {
  target.view.setInt32(offset, Number(parseUnsigned(value, 31n)), true);
}

/** Takes seconds since 1970 and keeps nanoseconds. */
export function writeTimestamp(target: GrowingBytes, offset: number, value: unknown): void {
  const seconds = parseUnsigned(value, 64n);
  if (seconds > LAST_SECOND) throw new FieldFault(`${seconds} s since 1970 do not fit in 64 bits of nanoseconds`);
  target.view.setBigInt64(offset, seconds * NANOSECONDS, true);
}

/** 128 bits, low half first, up to 38 decimal digits. */
export function writeDecimal(target: GrowingBytes, offset: number, value: unknown): void {
  const quantity = parseQuantity(value);
  if (quantity < 0n || quantity >= DECIMAL_LIMIT) throw new FieldFault(`${quantity} has more than 38 digits`);
  target.view.setBigUint64(offset, quantity & LOW_64, true);
  target.view.setBigUint64(offset + 8, quantity >> 64n, true);
}

/**
 * Exactly `width` bytes of `0x` hex: a shorter or longer value is not padded or cut, but refused. The writer remembers a
 * value that came twice, for hashes of blocks and transactions stand in many rows after each other.
 */
export function writeFixed(width: number): (target: GrowingBytes, offset: number, value: unknown) => void {
  const lastBytes = new Uint8Array(width);
  let last: unknown;
  let isRemembered = false;
  return (target, offset, value) => {
    const isRepeated = value === last;
    if (isRepeated && isRemembered) {
      target.bytes.set(lastBytes, offset);
      return;
    }
    if (typeof value !== "string" || value.length !== width * 2 + 2 || !writeHex(target, offset, value)) {
      throw new FieldFault(`${quoteValue(value)} is not ${width} bytes of hex`);
    }
    if (isRepeated) target.bytes.copy(lastBytes, 0, offset, offset + width);
    last = value;
    isRemembered = isRepeated;
  };
}

export function appendBinary(target: GrowingBytes, value: unknown): void {
  if (typeof value !== "string" || value.length % 2 !== 0)
    throw new FieldFault(`${quoteValue(value)} is not hex bytes`);
  const offset = target.grow(Math.max(value.length / 2 - 1, 0));
  if (!writeHex(target, offset, value)) throw new FieldFault(`${quoteValue(value)} is not hex bytes`);
}

/** A quantity as decimal digits. */
export function appendDigits(target: GrowingBytes, value: unknown): void {
  const digits = parseUnsigned(value, 256n).toString();
  const offset = target.grow(digits.length);
  target.bytes.write(digits, offset, "latin1");
}

/** Node stops writing at the first character that is no hex digit, so the count tells whether all of them were. */
function writeHex(target: GrowingBytes, offset: number, text: string): boolean {
  const size = text.length / 2 - 1;
  return text.startsWith("0x") && (size === 0 || target.bytes.write(text.slice(2), offset, size, "hex") === size);
}
