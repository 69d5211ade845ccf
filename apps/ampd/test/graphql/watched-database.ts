import type { Database } from "../../src/store/database.ts";

type WatchedQuery = {
  readonly model: string | undefined;
  readonly operation: string;
  /** Of a raw query; empty for any other. */
  readonly sql: string;
};

export type WatchedDatabase = Database & {
  /** Queries so far, each of Prisma's calls one. */
  readonly reads: { count: number };
  /** Called before each query with what it is; what it throws is what the query fails with. */
  intercept: (query: WatchedQuery) => Promise<void> | void;
  /** Called with the answer in hand, before it is given on. */
  hold: (query: WatchedQuery) => Promise<void> | void;
};

/** The same database with an ear at every query. */
export function watchDatabase(database: Database): WatchedDatabase {
  const reads = { count: 0 };
  const prisma = database.prisma.$extends({
    query: {
      $allOperations: async ({ model, operation, args, query }) => {
        reads.count += 1;
        const watchedQuery = { model, operation, sql: sqlOf(args) };
        await watched.intercept(watchedQuery);
        const answer = await query(args);
        await watched.hold(watchedQuery);
        return answer;
      },
    },
  });
  const watched: WatchedDatabase = {
    ...database,
    // An extended client lacks `$on` alone, which no store function calls.
    prisma: prisma as unknown as Database["prisma"],
    reads,
    intercept: () => {},
    hold: () => {},
  };
  return watched;
}

/** Prisma gives a raw query as the parts of its text. */
function sqlOf(args: unknown): string {
  const isRaw = typeof args === "object" && args !== null && "strings" in args;
  return isRaw && Array.isArray(args.strings) ? args.strings.join("") : "";
}
