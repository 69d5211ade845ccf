import { expect, test } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const now = Date.parse("Wed, 21 Oct 2015 07:28:00 GMT");

test.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["Wed, 21 Oct 2015 07:28:30 GMT", 30_000],
  ["Wed, 21 Oct 2015 07:00:00 GMT", 0],
  ["soon", undefined],
  [null, undefined],
])("Retry-After %j asks for %j ms", (header, pauseMs) => {
  expect(parseRetryAfter(header, now)).toBe(pauseMs);
});
