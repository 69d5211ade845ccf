import { show } from "../domain/parse.ts";

declare global {
  // In Node since 22; TypeScript's libraries do not have it yet (https://tc39.es/proposal-json-parse-with-source).
  interface JSON {
    rawJSON(text: string): object;
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
  }
}

/** The database refuses values that are nested a thousand levels deep; nobody needs a hundred. */
const MAX_DEPTH = 100;
const TOO_DEEP = `the body is nested more than ${MAX_DEPTH} levels deep`;

/** Bytes that are no JSON, or JSON that could not be stored; the message says what is wrong. */
export class JsonError extends Error {}

/** JSON in which a bigint is a number of any size. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? JSON.rawJSON(String(inner)) : inner));
}

/**
 * Reads JSON in UTF-8. An integer that a number cannot hold exactly comes as a bigint.
 * @throws JsonError
 */
export function decodeJson(bytes: Uint8Array): unknown {
  const value = parse(bytes);
  if (isDeeperThan(value, MAX_DEPTH)) throw new JsonError(TOO_DEEP);
  return value;
}

/** Writes the integers that a number cannot hold as decimal strings, for what takes no bigint (RFC 8785, `jsonb`). */
export function spellBigints(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(spellBigints);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, spellBigints(inner)]));
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes), readValue);
  } catch (error) {
    if (error instanceof JsonError) throw error;
    if (error instanceof SyntaxError) throw new JsonError(`the body is not JSON: ${error.message}`, { cause: error });
    // `readValue` is called by recursion.
    if (error instanceof RangeError) throw new JsonError(TOO_DEEP, { cause: error });
    throw new JsonError("the body is not in UTF-8", { cause: error });
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

function readValue(key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (!isStorable(key) || (typeof value === "string" && !isStorable(value))) {
    throw new JsonError("the body's text may not hold NUL or half a surrogate pair");
  }
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  if (/^-?\d+$/.test(source ?? "")) return BigInt(source ?? "");
  if (Number.isFinite(value)) return value;
  throw new JsonError(`the body's number ${show(source)} is too large to be kept`);
}

function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
