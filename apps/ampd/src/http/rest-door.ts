import type { RestRoutes } from "../rest/routes.ts";
import { readBody } from "./body.ts";
import type { RequestHandler } from "./server.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const NO_BODY = new Uint8Array();

/** The REST routes over HTTP. */
export function createRestDoor(routes: RestRoutes): RequestHandler {
  return async (request, response, { url, requestId, signal }) => {
    const { method = "GET", headers } = request;
    const path = url.pathname;
    const hasBody = routes.find(method, path)?.body !== undefined;
    const body = hasBody ? await readBody(request, { maxBytes: MAX_BODY_BYTES, signal }) : NO_BODY;
    const answer = await routes.handle({ method, path, query: url.search, headers, body, requestId, signal });
    if (answer === undefined) return false;
    const bytes = Buffer.from(answer.body ?? "");
    response.writeHead(answer.status, {
      "cache-control": "no-store",
      ...answer.headers,
      // An answer of 204 has no length (RFC 9110, section 8.6).
      ...(answer.status === 204 ? {} : { "content-length": String(bytes.byteLength) }),
    });
    response.end(method === "HEAD" ? undefined : bytes);
    return true;
  };
}
