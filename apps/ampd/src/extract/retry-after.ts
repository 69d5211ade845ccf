/**
 * The pause that an HTTP answer asks for: `Retry-After` as seconds or as a date (RFC 9110, section 10.2.3).
 * Undefined where it asks for none, or in words that the standard does not know.
 */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(date - nowMs, 0);
}
