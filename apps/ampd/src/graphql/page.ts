import { InvalidArgumentError } from "../domain/errors.ts";
import { parseRowNumber } from "./global-id.ts";

/** Relay's arguments of a connection. */
export type ConnectionArgs = {
  first?: number | null | undefined;
  last?: number | null | undefined;
  after?: string | null | undefined;
  before?: string | null | undefined;
};

/** What a store function needs to read one page; the bounds are keys, exclusive, in the direction of reading. */
export type KeysetPage = {
  readonly limit: number;
  readonly after: bigint | undefined;
  readonly before: bigint | undefined;
  /** Read the page next to `before`. */
  readonly fromEnd: boolean;
};

export type PageSize = { readonly default: number; readonly max: number };

/** Cursors of this version hold one key. */
const VERSION = "1";

/**
 * Reads the arguments of a connection.
 * @throws InvalidArgumentError for sizes out of range, both directions at once, or a cursor that cannot be read
 */
export function parsePage(args: ConnectionArgs, size: PageSize): KeysetPage {
  const { first, last } = args;
  if (isGiven(first) && isGiven(last)) throw new InvalidArgumentError("give first or last, not both");
  const fromEnd = isGiven(last);
  const limit = first ?? last ?? size.default;
  if (limit < 0 || limit > size.max) {
    throw new InvalidArgumentError(`${fromEnd ? "last" : "first"} must be from 0 to ${size.max}, not ${limit}`);
  }
  return { limit, after: parseCursor(args.after), before: parseCursor(args.before), fromEnd };
}

/** An opaque cursor; it holds the key itself, so it survives the deletion and every change of its row. */
export function formatCursor(key: bigint): string {
  return Buffer.from(`${VERSION}:${key}`).toString("base64url");
}

/**
 * Makes a connection of what a store function read with `limit + 1`.
 * @param rows in the order of the list, whatever the direction of reading
 */
export function toConnection<Row>(rows: readonly Row[], page: KeysetPage, keyOf: (row: Row) => bigint) {
  const hasMore = rows.length > page.limit;
  const kept = page.fromEnd ? rows.slice(-page.limit || rows.length) : rows.slice(0, page.limit);
  const edges = kept.map((node) => ({ cursor: formatCursor(keyOf(node)), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.fromEnd ? page.before !== undefined : hasMore,
      hasPreviousPage: page.fromEnd ? hasMore : page.after !== undefined,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** The rows of a page, for clients that need no cursors. */
export function nodesOf<Row>(edges: readonly { readonly node: Row }[]): Row[] {
  return edges.map(({ node }) => node);
}

function parseCursor(cursor: string | null | undefined): bigint | undefined {
  if (!isGiven(cursor)) return undefined;
  const [version, key = ""] = Buffer.from(cursor, "base64url").toString().split(":");
  const number = version === VERSION ? parseRowNumber(key) : undefined;
  if (number !== undefined && formatCursor(number) === cursor) return number;
  throw new InvalidArgumentError(`cursor '${cursor.slice(0, 100)}' is not one that this server made`);
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
