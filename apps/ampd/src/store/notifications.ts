import type { Database } from "./database.ts";

/** A wake-up: which rows to look at again. It carries no state; a lost or doubled one costs latency, not truth. */
export type Wake =
  | { readonly kind: "moved"; readonly jobs: readonly bigint[] }
  | { readonly kind: "progressed"; readonly jobs: readonly bigint[] }
  | { readonly kind: "providers" }
  /** So many changed, or so many may have been missed, that everything must be looked at. */
  | { readonly kind: "everything" };

const CHANNEL = "amp";

/** Calls `onWake` for every change that is committed from now on. */
export function listen(database: Database, onWake: (wake: Wake) => void): Promise<{ close(): Promise<void> }> {
  return database.driver.listen(CHANNEL, (payload) => onWake(parseWake(payload)));
}

/** Anything that is not understood wakes everybody: anyone may NOTIFY. */
export function parseWake(payload: string | undefined): Wake {
  if (payload === "provider") return { kind: "providers" };
  const [word, ...numbers] = (payload ?? "").split(" ");
  if ((word !== "job" && word !== "tables") || numbers.length === 0) return { kind: "everything" };
  // 18 digits always fit a bigint of the database.
  if (!numbers.every((number) => /^\d{1,18}$/.test(number))) return { kind: "everything" };
  return { kind: word === "job" ? "moved" : "progressed", jobs: numbers.map(BigInt) };
}
