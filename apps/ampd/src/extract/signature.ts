import { FieldFault } from "./field-fault.ts";
import { parseQuantity, parseUnsigned } from "./quantity.ts";
import { ZERO_HASH } from "./zero-hash.ts";

/** The two ways in which JSON-RPC tells a signature's parity; both are absent where nobody signed (deposits). */
export type Signed = { readonly v?: unknown; readonly yParity?: unknown };

/** Half a signature as 32 bytes: RPC tells it as a quantity, without leading zeros, or not at all. */
export function toWord(quantity: unknown): string {
  if (quantity === undefined || quantity === null) return ZERO_HASH;
  return `0x${parseUnsigned(quantity, 256n).toString(16).padStart(64, "0")}`;
}

/**
 * Whether the signature's curve point has an odd y: `yParity`, else `v` as 0/1, 27/28 or 35 + 2 × chain id + parity
 * (EIP-155). An EIP-7702 authorization may hold any `yParity` and still stand in a valid transaction: not zero is true.
 */
export function toParity({ yParity, v }: Signed): boolean {
  if (yParity !== undefined && yParity !== null) return parseQuantity(yParity) !== 0n;
  if (v === undefined || v === null) return false;
  const value = parseQuantity(v);
  if (value >= 35n) return value % 2n === 0n;
  if (value === 0n || value === 27n) return false;
  if (value === 1n || value === 28n) return true;
  throw new FieldFault(`${value} is the v of no signature`);
}
