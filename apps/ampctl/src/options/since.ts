import { UsageError } from "../errors.ts";
import { parseDuration } from "./duration.ts";

/** A point in time: RFC 3339 or a date, or so long ago (`90s`, `2h`, `7d`). @throws UsageError that names the flag */
export function parseSince(text: string, now: Date, flag = "--since"): Date {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return new Date(now.getTime() - durationMs);
  const time = /^\d{4}-\d\d-\d\d([T ].+)?$/.test(text) ? new Date(text) : undefined;
  if (time !== undefined && !Number.isNaN(time.getTime())) return time;
  throw new UsageError(
    `${flag} '${text}' is neither a duration such as 90s, 2h or 7d, nor a time such as 2026-01-31T12:00:00Z`,
    { code: "INVALID_SINCE" },
  );
}
