import { UsageError } from "../errors.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of `500ms`, `10s`, `5m`, `24h` or `7d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  return digits === undefined || unitMs === undefined ? undefined : Number(digits) * unitMs;
}

/** How long to wait, in milliseconds. @throws UsageError */
export function parseTimeout(text: string): number {
  const durationMs = parseDuration(text);
  // A timer of Node takes no more.
  if (durationMs !== undefined && durationMs > 0 && durationMs < 2 ** 31) return durationMs;
  throw new UsageError(`--timeout '${text}' is not a duration such as 30s, 10m or 2h, up to 24d`, {
    code: "INVALID_TIMEOUT",
  });
}
