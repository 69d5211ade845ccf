import { higherBlock } from "./block-range.ts";
import { InvalidArgumentError } from "./errors.ts";

/** Where a job ends, as its descriptor says it. */
export type EndBlock =
  | { readonly kind: "never" }
  | { readonly kind: "latest" }
  | { readonly kind: "behind"; readonly blocks: bigint }
  | { readonly kind: "block"; readonly block: bigint };

/** The database keeps block numbers as signed 64-bit integers. */
const MAX_BLOCK = 2n ** 63n - 1n;

/**
 * Reads the `end_block` of a request: `null` or absent (follow for ever), `"latest"`, a block number as string, number
 * or bigint, or a negative one for so many blocks behind the latest.
 *
 * @throws InvalidArgumentError
 */
export function parseEndBlock(value: unknown): EndBlock {
  if (value === null || value === undefined) return { kind: "never" };
  if (value === "latest") return { kind: "latest" };
  const number = parseInteger(value);
  if (number === undefined || number > MAX_BLOCK || number < -MAX_BLOCK) {
    throw new InvalidArgumentError(
      `end_block ${show(value)} is not allowed: use null, "latest", a block number such as "100", or a distance behind the latest such as "-50"`,
    );
  }
  return number < 0n ? { kind: "behind", blocks: -number } : { kind: "block", block: number };
}

/** The one spelling on the wire: `null`, `"latest"`, `"100"` or `"-50"`. {@link parseEndBlock} reads it back. */
export function formatEndBlock(end: EndBlock): string | null {
  switch (end.kind) {
    case "never":
      return null;
    case "latest":
      return "latest";
    case "behind":
      return `-${end.blocks}`;
    case "block":
      return String(end.block);
  }
}

/**
 * The last block of a job, inclusive, fixed when it first starts; `undefined` follows for ever.
 *
 * What counts from the head is never below the start block: on a chain that is younger than asked for, the job
 * extracts its first block (and waits for it when the head is not there yet) instead of ending with nothing. A plain
 * number stays as it was given.
 *
 * @param chain.head the latest block number
 * @param chain.startBlock the dataset's first block
 */
export function resolveEndBlock(
  end: EndBlock,
  chain: { readonly head: bigint; readonly startBlock: bigint },
): bigint | undefined {
  if (end.kind === "never") return undefined;
  if (end.kind === "block") return end.block;
  const behind = end.kind === "latest" ? 0n : end.blocks;
  return higherBlock(chain.head - behind, chain.startBlock);
}

function parseInteger(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string") return undefined;
  return /^(0|-?[1-9][0-9]*)$/.test(value) ? BigInt(value) : undefined;
}

function show(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  return JSON.stringify(value) ?? String(value);
}
