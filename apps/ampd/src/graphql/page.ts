import { InvalidArgumentError } from "../domain/errors.ts";
import type { Cursors } from "./cursor.ts";

/** Relay's arguments of a connection. */
export type ConnectionArgs = {
  first?: number | null | undefined;
  last?: number | null | undefined;
  after?: string | null | undefined;
  before?: string | null | undefined;
};

/** What a store function needs to read one page; the bounds are keys, exclusive, in the direction of reading. */
export type KeysetPage<Key> = {
  readonly limit: number;
  readonly after: Key | undefined;
  readonly before: Key | undefined;
  /** Read the page next to `before`. */
  readonly fromEnd: boolean;
};

export type PageSize = { readonly default: number; readonly max: number };

/**
 * Reads the arguments of a connection.
 * @throws InvalidArgumentError for sizes out of range, both directions at once, or a cursor that cannot be read
 */
export function parsePage<Key>(args: ConnectionArgs, size: PageSize, cursors: Cursors<Key>): KeysetPage<Key> {
  const { first, last } = args;
  if (isGiven(first) && isGiven(last)) throw new InvalidArgumentError("give first or last, not both");
  const fromEnd = isGiven(last);
  const limit = first ?? last ?? size.default;
  if (limit < 0 || limit > size.max) {
    throw new InvalidArgumentError(`${fromEnd ? "last" : "first"} must be from 0 to ${size.max}, not ${limit}`);
  }
  const parse = (cursor: string | null | undefined) => (isGiven(cursor) ? cursors.parse(cursor) : undefined);
  return { limit, after: parse(args.after), before: parse(args.before), fromEnd };
}

/** How the rows of a connection become edges. */
export type EdgeShape<Row, Key> = { readonly cursors: Cursors<Key>; readonly keyOf: (row: Row) => Key };

/**
 * Makes a connection of what a store function read with `limit + 1`.
 * @param rows in the order of the list, whatever the direction of reading
 */
export function toConnection<Row, Key>(
  rows: readonly Row[],
  page: KeysetPage<Key>,
  { cursors, keyOf }: EdgeShape<Row, Key>,
) {
  const hasMore = rows.length > page.limit;
  const kept = page.fromEnd ? rows.slice(-page.limit || rows.length) : rows.slice(0, page.limit);
  const edges = kept.map((node) => ({ cursor: cursors.format(keyOf(node)), node }));
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

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
