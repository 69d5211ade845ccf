import type { ExecutionResult } from "graphql";
import type { Pipeline } from "../graphql/pipeline.ts";
import { type Operation, toData } from "./ask.ts";

/** Which items of a subscription make an answer. */
export type Collection = {
  /** The subscription's field. */
  readonly name: string;
  /** How long to wait for more than there is. */
  readonly waitMs: number;
  /** @param isDue whether the time for waiting is over */
  isEnough(items: readonly unknown[], isDue: boolean): boolean;
};

/**
 * Runs a subscription until its items are enough, or the client or the server goes.
 * @returns the data of one item that holds all of them
 * @throws as `ask` does
 */
export async function collect(
  pipeline: Pick<Pipeline, "subscribe">,
  { document, variables, requestId }: Operation,
  { collection, signal }: { readonly collection: Collection; readonly signal: AbortSignal },
): Promise<unknown> {
  const { name, waitMs, isEnough } = collection;
  const results = await pipeline.subscribe(document, { ...variables }, { requestId });
  if (!(Symbol.asyncIterator in results)) {
    toData(results);
    throw new Error("a route's subscription gave one result");
  }
  const items: unknown[] = [];
  let isDue = waitMs === 0;
  const stop = () => void results.return?.();
  const timer = setTimeout(() => {
    isDue = true;
    if (isEnough(items, isDue)) stop();
  }, waitMs);
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) stop();
    for await (const result of results) {
      items.push(itemOf(result, name));
      if (isEnough(items, isDue)) break;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
  return { [name]: items };
}

function itemOf(result: ExecutionResult, name: string): unknown {
  return (toData(result) as Readonly<Record<string, unknown>>)[name];
}
