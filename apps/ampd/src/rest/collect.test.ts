import { type ExecutionResult, parse } from "graphql";
import { expect, test } from "vitest";
import { type Collection, collect } from "./collect.ts";
import { UnavailableError } from "./refusal.ts";

const OPERATION = { document: parse("subscription { log }"), variables: {}, requestId: "request-1" };

/** A feed that gives some items and then nothing, until it is ended. */
function pipelineOf(...items: readonly number[]) {
  const left = items.map((log): ExecutionResult => ({ data: { log } }));
  const end = Promise.withResolvers<void>();
  const feed: AsyncIterableIterator<ExecutionResult, undefined> = {
    next: async () => {
      const value = left.shift();
      if (value !== undefined) return { done: false, value };
      await end.promise;
      return { done: true, value: undefined };
    },
    return: async () => {
      end.resolve();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => feed,
  };
  return { subscribe: async () => feed };
}

function collectionOf(changes: Partial<Collection> = {}): Collection {
  return { name: "log", waitMs: 0, add: () => undefined, isEnough: () => false, ...changes };
}

const signal = new AbortController().signal;

test("what never comes to its end is answered with what there is, once its time is over", async () => {
  const data = await collect(pipelineOf(1, 2), OPERATION, { collection: collectionOf(), signal, graceMs: 50 });
  expect(data).toEqual({ log: [1, 2] });
});

test("what gives nothing in time is unavailable", async () => {
  const collecting = collect(pipelineOf(), OPERATION, {
    collection: collectionOf({ waitMs: 20 }),
    signal,
    graceMs: 20,
  });
  await expect(collecting).rejects.toThrow(new UnavailableError("nothing could be read in time"));
});

test("the server's end is an end, and says so when there is nothing", async () => {
  const closing = AbortSignal.abort();
  const options = { collection: collectionOf({ waitMs: 60_000 }), signal: closing };
  expect(await collect(pipelineOf(1), OPERATION, options)).toEqual({ log: [1] });
  await expect(collect(pipelineOf(), OPERATION, options)).rejects.toThrow("the server is closing");
});
