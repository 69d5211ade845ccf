/** Headers of requests that our clients send beyond what every page may send. */
const REQUEST_HEADERS = [
  "accept",
  "authorization",
  "content-type",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "last-event-id",
  "prefer",
  "x-request-id",
];

const RESPONSE_HEADERS = ["etag", "location", "preference-applied", "retry-after", "x-pruned-jobs", "x-request-id"];

/**
 * Headers that let a page of an allowed origin read the answer; none for anybody else. Never `*`, and no credentials:
 * a token goes into `Authorization`.
 */
export function corsHeaders(origin: string | undefined, allowedOrigins: readonly string[]): Record<string, string> {
  if (allowedOrigins.length === 0) return {};
  // Also to a page that is refused: a cache must not hand its answer to another.
  if (origin === undefined || !allowedOrigins.includes(origin)) return { vary: "Origin" };
  return {
    vary: "Origin",
    "access-control-allow-origin": origin,
    "access-control-expose-headers": RESPONSE_HEADERS.join(", "),
  };
}

/** What a preflight of an allowed origin is answered with, beside `corsHeaders`. */
export const preflightHeaders: Readonly<Record<string, string>> = {
  "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
  "access-control-allow-headers": REQUEST_HEADERS.join(", "),
  "access-control-max-age": "600",
};

export function isPreflight(method: string | undefined, requestMethod: string | undefined): boolean {
  return method === "OPTIONS" && requestMethod !== undefined;
}
