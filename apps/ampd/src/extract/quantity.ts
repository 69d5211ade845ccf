import { FieldFault, quoteValue } from "./field-fault.ts";

/** `0x` and up to 13 hex digits: 52 bits, which a number holds exactly. */
const MAX_SMALL_LENGTH = 15;

/**
 * A JSON-RPC quantity (`0x` and hex digits) as a bigint; a bigint passes.
 * @throws {FieldFault} for anything else
 */
export function parseQuantity(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  const small = parseSmallQuantity(value);
  if (small !== undefined) return BigInt(small);
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]+$/.test(value)) {
    throw new FieldFault(`${quoteValue(value)} is not a quantity`);
  }
  return BigInt(value);
}

/** The same as a number, where it is short enough to be exact; undefined leaves it to {@link parseQuantity}. */
export function parseSmallQuantity(value: unknown): number | undefined {
  if (typeof value !== "string" || value.length > MAX_SMALL_LENGTH || !value.startsWith("0x")) return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

/**
 * A quantity that a column of `bits` bits without sign can hold.
 * @throws {FieldFault} when it is no quantity, or greater
 */
export function parseUnsigned(value: unknown, bits: bigint): bigint {
  const quantity = parseQuantity(value);
  if (quantity < 0n || quantity >> bits !== 0n) throw new FieldFault(`${quantity} does not fit in ${bits} bits`);
  return quantity;
}

/** A number as JSON-RPC wants it. */
export function toQuantity(value: bigint): string {
  return `0x${value.toString(16)}`;
}
