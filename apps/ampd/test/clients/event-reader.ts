import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import type { Json } from "../graphql/start-graphql.ts";

/** One event as it stands on the wire. */
export type StreamEvent = { readonly id?: string; readonly event?: string; readonly data?: string };

export type EventRequest = {
  readonly query: string;
  readonly variables?: object;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Reads server-sent events one at a time; goes with the test. */
export class EventReader {
  readonly response: Response;
  /** Lines that belong to no event: comments, and what the server says of reconnecting. */
  readonly asides: string[] = [];
  readonly #abort: AbortController;
  readonly #lines: AsyncIterator<string>;

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    // The stream of the web is one of Node's here, which the types do not know.
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    body.on("error", () => {});
    this.#lines = createInterface({ input: body })[Symbol.asyncIterator]();
  }

  /** Subscribes by GraphQL. */
  static open(server: { readonly url: string }, { query, variables, headers }: EventRequest): Promise<EventReader> {
    return EventReader.#fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream", ...headers },
      body: JSON.stringify({ query, variables }),
    });
  }

  /** Follows a route of REST. */
  static get(server: { readonly url: string }, path: string, headers: Readonly<Record<string, string>> = {}) {
    return EventReader.#fetch(`${server.url}${path}`, { headers: { accept: "text/event-stream", ...headers } });
  }

  static async #fetch(url: string, request: RequestInit): Promise<EventReader> {
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    return new EventReader(await fetch(url, { ...request, signal: abort.signal }), abort);
  }

  /** Undefined at the end of the answer. */
  async next(): Promise<StreamEvent | undefined> {
    const fields: Record<string, string> = {};
    for (;;) {
      const { done, value } = await this.#lines.next().catch(() => ({ done: true, value: "" }));
      if (done === true) return undefined;
      const [, name = "", text = ""] = /^([a-z]*): ?(.*)$/.exec(value) ?? [];
      if (value === "" && "data" in fields) return fields;
      if (name === "" || name === "retry") this.asides.push(...(value === "" ? [] : [value]));
      else fields[name] = text;
    }
  }

  /** What the next event holds, which must be a result. */
  async payload(): Promise<Json> {
    const event = await this.next();
    if (event?.event !== "next") throw new Error(`no result, but ${JSON.stringify(event)}`);
    return JSON.parse(event.data ?? "");
  }

  close(): void {
    this.#abort.abort();
  }
}
