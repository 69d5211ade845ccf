import { type BadInputCode, BadInputError } from "./refusal.ts";

/**
 * Reads a query as HTML forms write it (`+` is a space).
 * @param text with or without its `?`
 * @throws BadInputError for a parameter that is given twice, and for what is not percent-encoded UTF-8, or holds NUL
 */
export function parseQueryString(text: string, code: BadInputCode): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const pair of text.replace(/^\?/, "").split("&")) {
    if (pair === "") continue;
    const [name = "", ...rest] = pair.split("=").map((part) => decode(part, code));
    if (values.has(name)) throw new BadInputError(code, `the parameter '${name.slice(0, 100)}' is given twice`);
    values.set(name, rest.join("="));
  }
  return values;
}

/** `URLSearchParams` keeps what it cannot decode, and nobody learns of it. */
function decode(text: string, code: BadInputCode): string {
  const decoded = decodeText(text.replaceAll("+", " "));
  // The database keeps no NUL.
  if (decoded !== undefined && !decoded.includes("\0")) return decoded;
  throw new BadInputError(code, `'${text.slice(0, 100)}' in the query is not percent-encoded UTF-8 without NUL`);
}

function decodeText(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
