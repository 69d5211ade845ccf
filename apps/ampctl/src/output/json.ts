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

/** Compact JSON, one line, in which a bigint is a number of any size. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? JSON.rawJSON(String(inner)) : inner));
}

/** Reads JSON; an integer that a number cannot hold exactly comes as a bigint. @throws SyntaxError */
export function decodeJson(text: string): unknown {
  return JSON.parse(text, (_, value, { source }) => {
    const isInexact = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "");
    return isInexact ? BigInt(source ?? "") : value;
  });
}
