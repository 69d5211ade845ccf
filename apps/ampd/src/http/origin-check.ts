/** What a browser says of where a request comes from; other clients say nothing. */
export type RequestSource = {
  readonly method: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly fetchDest: string | undefined;
};

/**
 * Whether a page may send this request: its origin is the server's own or is allowed by name. `null` (a sandboxed frame,
 * a file) is nobody. Without an Origin, a request that its browser calls cross-site is refused, but for following a link
 * to a whole page: its answer goes to the person and not to the page that holds the link.
 */
export function isSourceAllowed(source: RequestSource, allowedOrigins: readonly string[]): boolean {
  if (source.origin === undefined) return source.fetchSite !== "cross-site" || isLinkFollowed(source);
  if (allowedOrigins.includes(source.origin)) return true;
  return source.fetchSite !== "cross-site" && isSameOrigin(source.origin, source.host);
}

function isLinkFollowed({ method, fetchMode, fetchDest }: RequestSource): boolean {
  return (method === "GET" || method === "HEAD") && fetchMode === "navigate" && fetchDest === "document";
}

/** The scheme is not compared: behind a proxy that ends TLS the page is https and this server is http. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  const [, scheme] = /^(https?):\/\/[^/?#@\s]+$/i.exec(origin) ?? [];
  if (scheme === undefined || host === undefined) return false;
  // Both by the same rule: a default port may be written or not.
  const own = `${scheme}://${host}`;
  return URL.canParse(origin) && URL.canParse(own) && new URL(origin).host === new URL(own).host;
}
