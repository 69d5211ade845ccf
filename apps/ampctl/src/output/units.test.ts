import { expect, test } from "vitest";
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  formatTime,
  formatTimeAndAge,
} from "./units.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [10 * 1024, "10 KiB"],
  [1024 ** 2 - 1, "1.0 MiB"],
  [1.5 * 1024 ** 3, "1.5 GiB"],
  [2n ** 63n, "8.0 EiB"],
  [2000 * 1024 ** 6, "2,000 EiB"],
])("%s bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0"],
  [999, "999"],
  [1000n, "1,000"],
  ["18446744073709551615", "18,446,744,073,709,551,615"],
])("%s counts as %s", (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  [-3, "0s"],
  [59.4, "59s"],
  [59.6, "1m"],
  [60, "1m"],
  [200, "3m20s"],
  [3600, "1h"],
  [18_720, "5h12m"],
  [1_047_600, "12d3h"],
  [1045 * 86_400, "2y315d"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

const NOW = new Date("2026-01-31T12:00:00.000Z");

test("an age is told by its largest unit, rounded down", () => {
  expect(formatAge(new Date("2026-01-31T11:00:01Z"), NOW)).toBe("59m");
  expect(formatAge(new Date("2026-01-31T11:00:00Z"), NOW)).toBe("1h");
  expect(formatAge(new Date("2026-02-01T11:00:00Z"), NOW)).toBe("0s");
});

test("a time is told in UTC, and how far it is", () => {
  expect(formatTime(new Date("2026-01-31T23:59:59.999+02:00"))).toBe("2026-01-31 21:59:59Z");
  expect(formatTimeAndAge(new Date("2026-01-31T11:58:30Z"), NOW)).toBe("2026-01-31 11:58:30Z (1m30s ago)");
  expect(formatTimeAndAge(new Date("2026-01-31T12:00:10Z"), NOW)).toBe("2026-01-31 12:00:10Z (in 10s)");
});

test.each([
  [0, "0/s"],
  [0.42, "0.4/s"],
  [9.96, "10/s"],
  [1204.4, "1,204/s"],
])("%d a second is %s", (rate, text) => {
  expect(formatRate(rate)).toBe(text);
});

test.each([
  [999n, 1000n, "99%"],
  [1000n, 1000n, "100%"],
  [1001n, 1000n, "100%"],
  [-1n, 1000n, "0%"],
  [0n, 0n, "100%"],
])("%d of %d is %s", (part, whole, text) => {
  expect(formatPercent(part, whole)).toBe(text);
});
