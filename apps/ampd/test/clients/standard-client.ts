import type { Json } from "../graphql/start-graphql.ts";

export type Variables = { readonly [name: string]: unknown };

export type Sink = {
  next(data: Json): void;
  error(error: unknown): void;
  complete(): void;
};

/** What every client of GraphQL can do, each in its own words. */
export type StandardClient = {
  query(document: string, variables: Variables): Promise<Json>;
  mutate(document: string, variables: Variables): Promise<Json>;
  /** @returns how to end it */
  subscribe(document: string, variables: Variables, sink: Sink): () => void;
  close(): Promise<void> | void;
};

/** Opens a client as its documentation says, against the server at `url`. */
export type OpenClient = (url: string) => StandardClient;

export function webSocketUrl(url: string): string {
  return `${url.replace(/^http/, "ws")}/graphql`;
}

/** The data of a result as a client hands it over. */
export function dataOf(result: { readonly data?: unknown; readonly error?: unknown }): Json {
  if (result.error !== undefined && result.error !== null) throw result.error;
  // JSON whose shape the operation decides.
  return result.data as Json;
}

type Result = { readonly data?: unknown; readonly errors?: unknown };

/** Takes results as the clients without a cache give them. */
export function takeResults(sink: Sink) {
  return {
    next: (result: Result) => {
      if (result.errors === undefined) sink.next(dataOf(result));
      else sink.error(result.errors);
    },
    error: (error: unknown) => sink.error(error),
    complete: () => sink.complete(),
  };
}

/** The result of an operation that has one, from a client that gives every operation as an iteration. */
export async function onlyResult(results: AsyncIterable<Result>): Promise<Json> {
  const all: Result[] = [];
  for await (const result of results) all.push(result);
  const [result, ...others] = all;
  if (result === undefined || others.length > 0) throw new Error(`${all.length} results, not one`);
  if (result.errors !== undefined) throw new Error(JSON.stringify(result.errors));
  return dataOf(result);
}

/** Collects what a subscription gives, for a test that waits for each. */
export class Collector implements Sink, AsyncDisposable {
  readonly #items: (Json | "complete" | { readonly error: unknown })[] = [];
  readonly #readers: (() => void)[] = [];
  #end: () => void = () => {};

  static subscribe(client: StandardClient, document: string, variables: Variables): Collector {
    const collector = new Collector();
    collector.#end = client.subscribe(document, variables, collector);
    return collector;
  }

  next(data: Json): void {
    this.#add(data);
  }

  error(error: unknown): void {
    this.#add({ error });
  }

  complete(): void {
    this.#add("complete");
  }

  /** The next item, in the order of their coming. */
  async take(): Promise<Json | "complete" | { readonly error: unknown }> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) return item;
      await new Promise<void>((resolve) => this.#readers.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  #add(item: Json | "complete" | { readonly error: unknown }): void {
    this.#items.push(item);
    this.#readers.shift()?.();
  }
}
