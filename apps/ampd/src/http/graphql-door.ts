import type { ServerResponse } from "node:http";
import { pipeline as pipe } from "node:stream/promises";
import type { Pipeline } from "../graphql/pipeline.ts";
import { readBody } from "./body.ts";
import type { RequestHandler } from "./server.ts";

const MAX_BODY_BYTES = 1024 * 1024;

/** Whether a connection goes on is between server and client, and Yoga's coding `none` is none that HTTP knows. */
const IS_THE_SERVERS = new Set(["connection", "content-encoding"]);

/** `/graphql` over HTTP: queries, mutations, subscriptions as events, and GraphiQL for a browser. */
export function createGraphqlDoor({ yoga }: Pipeline): RequestHandler {
  return async (request, response, { url, requestId, signal }) => {
    if (url.pathname !== yoga.graphqlEndpoint) return false;
    const method = request.method ?? "GET";
    const hasBody = method !== "GET" && method !== "HEAD";
    const body = hasBody ? await readBody(request, { maxBytes: MAX_BODY_BYTES, signal }) : undefined;
    const answer = await yoga.fetch(
      url.href,
      { method, headers: headersOf(request.headers), signal, ...(body === undefined ? {} : { body }) },
      { requestId },
    );
    await sendAnswer(answer, response, signal);
    return true;
  };
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
