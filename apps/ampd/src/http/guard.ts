import type { IncomingMessage } from "node:http";
import { type HostPolicy, isHostAllowed } from "./host-check.ts";
import { HttpError } from "./http-error.ts";
import { isSourceAllowed } from "./origin-check.ts";

/**
 * Refuses what reaches the server through a foreign page: by a foreign name of our address, or from a foreign origin.
 * @throws HttpError FORBIDDEN
 */
export function guardRequest({ method, headers }: IncomingMessage, policy: HostPolicy): void {
  if (!isHostAllowed(headers.host, policy)) {
    throw new HttpError(
      "FORBIDDEN",
      `host '${shorten(headers.host)}' is not a name of this server: name its origin with --allow-origin`,
    );
  }
  const source = {
    method,
    host: headers.host,
    origin: headers.origin,
    fetchSite: firstOf(headers["sec-fetch-site"]),
    fetchMode: firstOf(headers["sec-fetch-mode"]),
    fetchDest: firstOf(headers["sec-fetch-dest"]),
  };
  if (isSourceAllowed(source, policy.allowedOrigins)) return;
  throw new HttpError(
    "FORBIDDEN",
    headers.origin === undefined
      ? "a request from a page of another site is not taken"
      : `origin '${shorten(headers.origin)}' is not allowed: name it with --allow-origin`,
  );
}

/**
 * The URL of a request whose host has been checked.
 * @throws HttpError INVALID_PATH for a target that is no path: an absolute one would bring a host of its own
 */
export function urlOf({ url = "", headers }: IncomingMessage): URL {
  // Concatenated, not resolved: `//other.host/` is a path here.
  const text = `http://${headers.host ?? ""}${url}`;
  if (url.startsWith("/") && URL.canParse(text)) return new URL(text);
  throw new HttpError("INVALID_PATH", `'${shorten(url)}' is not a path of this server`);
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function shorten(value: string | undefined): string {
  return (value ?? "").slice(0, 100);
}
