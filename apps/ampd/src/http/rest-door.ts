import type { RestRoutes } from "../rest/routes.ts";
import { namesEvents } from "./accept-events.ts";
import { readBody } from "./body.ts";
import { type EventStreamLimits, sendEventStream } from "./event-stream.ts";
import type { RequestHandler } from "./server.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const BODILESS = [204, 304];
const NO_BODY = new Uint8Array();

/** The REST routes over HTTP. */
export function createRestDoor(routes: RestRoutes, limits: Partial<EventStreamLimits> = {}): RequestHandler {
  return async (request, response, { url, requestId, signal, closing }) => {
    const { method = "GET", headers } = request;
    const path = url.pathname;
    const hasBody = routes.find(method, path)?.body !== undefined;
    const body = hasBody ? await readBody(request, { maxBytes: MAX_BODY_BYTES, signal }) : NO_BODY;
    const wantsEvents = namesEvents(headers.accept);
    const asked = { method, path, query: url.search, headers, body, requestId, signal, closing, wantsEvents };
    const answer = await routes.handle(asked);
    if (answer === undefined) return false;
    if ("events" in answer) {
      await sendEventStream(response, answer.events, { gone: signal, closing }, limits);
      return true;
    }
    const bytes = Buffer.from(answer.body ?? "");
    response.writeHead(answer.status, {
      "cache-control": "no-store",
      ...answer.headers,
      // An answer of 204 or 304 has no length of its own (RFC 9110, section 8.6).
      ...(BODILESS.includes(answer.status) ? {} : { "content-length": String(bytes.byteLength) }),
    });
    response.end(method === "HEAD" ? undefined : bytes);
    return true;
  };
}
