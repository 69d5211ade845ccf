const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Bytes in the largest unit that leaves a digit before the point: `312 B`, `1.4 GiB`. */
export function formatBytes(bytes: bigint | number): string {
  let value = Number(bytes);
  let at = 0;
  // As it is shown: 1023.7 KiB are 1.0 MiB.
  while (Math.round(value) >= 1024 && at < BYTE_UNITS.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${at === 0 ? Math.round(value) : formatShort(value)} ${BYTE_UNITS[at]}`;
}

/** A count with a comma at every third digit: `1,234,567`. Exact at any size. */
export function formatCount(count: bigint | number | string): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The two largest units: `45s`, `3m20s`, `5h12m`, `12d3h`, `3y40d`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [size, unit, small, smallUnit] = unitsOf(whole);
  const rest = small === 0 ? 0 : Math.floor((whole % size) / small);
  return `${Math.floor(whole / size)}${unit}${rest === 0 ? "" : `${rest}${smallUnit}`}`;
}

/** The largest unit alone, as ages stand in tables: `45s`, `3m`, `12d`. */
export function formatAge(from: Date, now: Date): string {
  const whole = Math.max(0, Math.floor((now.getTime() - from.getTime()) / 1000));
  const [size, unit] = unitsOf(whole);
  return `${Math.floor(whole / size)}${unit}`;
}

/** `2026-01-31 23:59:59Z`: UTC, as servers and their logs say it. */
export function formatTime(time: Date): string {
  return time
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}

/** A point in time, and how long ago it was, or will be. */
export function formatTimeAndAge(time: Date, now: Date): string {
  const seconds = (now.getTime() - time.getTime()) / 1000;
  const distance = formatDuration(Math.abs(seconds));
  return `${formatTime(time)} (${seconds < 0 ? `in ${distance}` : `${distance} ago`})`;
}

/** Something a second: `0.4/s`, `12/s`, `1,204/s`. */
export function formatRate(perSecond: number): string {
  return `${perSecond > 0 ? formatShort(perSecond) : "0"}/s`;
}

/** Of a whole, rounded down so that 100% means all of it. */
export function formatPercent(part: bigint, whole: bigint): string {
  if (whole <= 0n) return "100%";
  const bounded = part < 0n ? 0n : part > whole ? whole : part;
  return `${(bounded * 100n) / whole}%`;
}

/** One digit behind the point below ten, none above. */
function formatShort(value: number): string {
  const short = value.toFixed(1);
  return short.length > 3 ? formatCount(Math.round(value)) : short;
}

function unitsOf(seconds: number): [size: number, unit: string, small: number, smallUnit: string] {
  if (seconds < MINUTE) return [SECOND, "s", 0, ""];
  if (seconds < HOUR) return [MINUTE, "m", SECOND, "s"];
  if (seconds < DAY) return [HOUR, "h", MINUTE, "m"];
  if (seconds < YEAR) return [DAY, "d", HOUR, "h"];
  return [YEAR, "y", DAY, "d"];
}
