import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline as pipe } from "node:stream/promises";
import type { ExecutionResult } from "graphql";
import { isAsyncIterable } from "graphql-yoga";
import { mapItems } from "../graphql/map-items.ts";
import type { Pipeline } from "../graphql/pipeline.ts";
import { textOf } from "../graphql/result-text.ts";
import { cursorOf } from "../graphql/shared-events.ts";
import { END_ID, type ServerSentEvent } from "../rest/server-sent-event.ts";
import { acceptsEvents, acceptsOnlyEvents } from "./accept-events.ts";
import { readBody } from "./body.ts";
import { type EventStreamLimits, sendEventStream } from "./event-stream.ts";
import { mayBeSubscription, readOperation, requireJsonParameters } from "./graphql-request.ts";
import type { RequestContext, RequestHandler } from "./server.ts";

const MAX_BODY_BYTES = 1024 * 1024;

/** Whether a connection goes on is between server and client, and Yoga's coding `none` is none that HTTP knows. */
const IS_THE_SERVERS = new Set(["connection", "content-encoding"]);

/** `/graphql` over HTTP: queries, mutations, subscriptions as server-sent events, and GraphiQL for a browser. */
export function createGraphqlDoor(pipeline: Pipeline, limits: Partial<EventStreamLimits> = {}): RequestHandler {
  const { yoga } = pipeline;
  return async (request, response, context) => {
    const { url, requestId, signal } = context;
    if (url.pathname !== yoga.graphqlEndpoint) return false;
    requireJsonParameters(url);
    const method = request.method ?? "GET";
    const hasBody = method !== "GET" && method !== "HEAD";
    const body = hasBody ? await readBody(request, { maxBytes: MAX_BODY_BYTES, signal }) : undefined;
    if (method !== "HEAD" && acceptsEvents(request.headers.accept)) {
      if (await sendEvents(pipeline, { request, response, body, context, limits })) return true;
    }
    const answer = await yoga.fetch(
      url.href,
      { method, headers: headersOf(request.headers), signal, ...(body === undefined ? {} : { body }) },
      { requestId },
    );
    await sendAnswer(answer, response, signal);
    return true;
  };
}

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
  readonly context: RequestContext;
  readonly limits: Partial<EventStreamLimits>;
};

/**
 * Answers a subscription by a door of our own: Yoga's events have no id, so that a client that comes back would miss what
 * happened meanwhile.
 * @returns false for anything else, malformed requests too
 */
async function sendEvents(pipeline: Pipeline, exchange: Exchange): Promise<boolean> {
  const { request, response, body, context, limits } = exchange;
  const operation = readOperation(context.url, body);
  if (operation === undefined || !mayBeSubscription(operation)) return false;
  const { accept, "last-event-id": lastEventId } = request.headers;
  // Empty: there was none yet.
  const seed = typeof lastEventId === "string" && lastEventId !== "" ? { lastEventId } : {};
  const prepared = await pipeline.prepare(operation, { requestId: context.requestId, ...seed });
  const isFaulty = !("args" in prepared);
  if (isFaulty ? !acceptsOnlyEvents(accept) : prepared.type !== "subscription") return false;
  if (lastEventId === END_ID) {
    // An EventSource comes back for ever unless it is told that there is no more.
    response.writeHead(204).end();
    return true;
  }
  const results = isFaulty ? { errors: prepared } : await prepared.subscribe();
  const stream = isAsyncIterable(results) ? results : only(results);
  await sendEventStream(
    response,
    mapItems(stream, toEvent),
    { gone: context.signal, closing: context.closing },
    limits,
  );
  return true;
}

/** In the words of `graphql-sse`. An event's id is its position in the log, where its feed has one. */
function toEvent(result: ExecutionResult): ServerSentEvent {
  const cursor = cursorOf(result);
  return {
    ...(cursor === undefined ? {} : { id: cursor }),
    event: "next",
    data: textOf(result),
    // After a refusal that a later try may not meet the client is to come back, from where it is.
    isRetryable: result.errors?.some(({ extensions }) => extensions?.retryable === true) === true,
  };
}

async function* only<T>(value: T): AsyncGenerator<T, undefined> {
  yield value;
}

async function sendAnswer({ status, headers, body }: Response, response: ServerResponse, signal: AbortSignal) {
  response.statusCode = status;
  for (const [name, value] of headers) {
    if (!IS_THE_SERVERS.has(name.toLowerCase())) response.setHeader(name, value);
  }
  if (body === null) response.end();
  // Yoga's stream of bytes is iterable, which its type does not say.
  else await pipe(body as unknown as AsyncIterable<Uint8Array>, response, { signal });
}

function headersOf(headers: NodeJS.Dict<string | string[]>): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value] satisfies [string, string]],
  );
}
