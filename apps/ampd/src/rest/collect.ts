import type { ExecutionResult } from "graphql";
import type { Pipeline } from "../graphql/pipeline.ts";
import { type Operation, toData } from "./ask.ts";
import { UnavailableError } from "./refusal.ts";

/** Which items of a subscription make one answer. */
export type Collection = {
  /** The subscription's field. */
  readonly name: string;
  /** How long to wait for more than there is. */
  readonly waitMs: number;
  /** Takes note of the next item. */
  add(item: unknown): void;
  /** @param isDue whether the time for waiting is over */
  isEnough(isDue: boolean): boolean;
};

/** How long what is there may take to be read: a database that is away must not hold an answer for ever. */
const GRACE_MS = 5_000;

/**
 * Runs a subscription until its items are enough, its time is over, or the client or the server goes.
 * @returns the data of one item that holds all of them, one at least
 * @throws UnavailableError when there is none
 * @throws as `ask` does
 */
export async function collect(
  pipeline: Pick<Pipeline, "subscribe">,
  { document, variables, requestId }: Operation,
  { collection, signal, graceMs = GRACE_MS }: CollectOptions,
): Promise<unknown> {
  const { name, waitMs } = collection;
  const results = await pipeline.subscribe(document, { ...variables }, { requestId });
  if (!(Symbol.asyncIterator in results)) {
    toData(results);
    throw new Error("a route's subscription gave one result");
  }
  const items: unknown[] = [];
  let isDue = waitMs === 0;
  const stop = () => void results.return?.();
  const due = setTimeout(() => {
    isDue = true;
    if (collection.isEnough(isDue)) stop();
  }, waitMs);
  const tooLate = setTimeout(stop, waitMs + graceMs);
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) stop();
    for await (const result of results) {
      const item = itemOf(result, name);
      items.push(item);
      collection.add(item);
      if (collection.isEnough(isDue)) break;
    }
  } finally {
    clearTimeout(due);
    clearTimeout(tooLate);
    signal.removeEventListener("abort", stop);
  }
  if (items.length > 0) return { [name]: items };
  throw new UnavailableError(signal.aborted ? "the server is closing" : "nothing could be read in time");
}

type CollectOptions = {
  readonly collection: Collection;
  readonly signal: AbortSignal;
  readonly graceMs?: number;
};

function itemOf(result: ExecutionResult, name: string): unknown {
  return (toData(result) as Readonly<Record<string, unknown>>)[name];
}
