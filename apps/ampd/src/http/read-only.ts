import type { IncomingMessage, ServerResponse } from "node:http";
import { HttpError } from "./http-error.ts";

const ALLOW = "GET, HEAD, OPTIONS";

/**
 * Whether a request of what can only be read reads it; answers the one that asks what it may do.
 * @throws HttpError METHOD_NOT_ALLOWED
 */
export function isRead({ method }: IncomingMessage, response: ServerResponse): boolean {
  if (method === "GET" || method === "HEAD") return true;
  if (method !== "OPTIONS") {
    throw new HttpError("METHOD_NOT_ALLOWED", `${method} is not allowed here: use ${ALLOW}`, { allow: ALLOW });
  }
  response.writeHead(204, { allow: ALLOW }).end();
  return false;
}
