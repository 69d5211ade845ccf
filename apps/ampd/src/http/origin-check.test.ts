import { expect, test } from "vitest";
import { isSourceAllowed, type RequestSource } from "./origin-check.ts";

const silent: RequestSource = {
  method: "POST",
  host: "localhost:1610",
  origin: undefined,
  fetchSite: undefined,
  fetchMode: undefined,
  fetchDest: undefined,
};
const allowed = ["https://amp.example.com"];

function isAllowed(source: Partial<RequestSource>): boolean {
  return isSourceAllowed({ ...silent, ...source }, allowed);
}

test("a client that is no browser says nothing of itself, and is served", () => {
  expect(isAllowed({})).toBe(true);
});

test.each([
  ["http://localhost:1610", "localhost:1610"],
  ["http://LOCALHOST:1610", "localhost:1610"],
  ["http://localhost", "localhost:80"],
  ["https://amp.internal", "amp.internal"],
  ["https://amp.internal", "amp.internal:443"],
  ["http://[::1]:1610", "[::1]:1610"],
])("a page of %s may ask the host %s", (origin, host) => {
  expect(isAllowed({ origin, host, fetchSite: "same-origin" })).toBe(true);
});

test.each([
  "null",
  "",
  "http://localhost:3000",
  "http://localhost",
  "http://evil.com",
  "http://localhost:1610.evil.com",
  "http://localhost:1610@evil.com",
  "http://evil.com#localhost:1610",
  "http://localhost:1610, http://evil.com",
  "https://amp.example.com.evil.com",
  "http://amp.example.com",
  "chrome-extension://localhost:1610",
  "file://",
])("origin '%s' is refused", (origin) => {
  expect(isAllowed({ origin })).toBe(false);
});

test("an allowed origin may ask, also across sites", () => {
  expect(isAllowed({ origin: "https://amp.example.com", fetchSite: "cross-site" })).toBe(true);
});

test("a request that its browser calls cross-site is refused without an allowed origin", () => {
  expect(isAllowed({ fetchSite: "cross-site" })).toBe(false);
  expect(isAllowed({ fetchSite: "cross-site", origin: "http://localhost:1610" })).toBe(false);
  expect(isAllowed({ fetchSite: "cross-site", method: "GET", fetchMode: "no-cors", fetchDest: "image" })).toBe(false);
});

test("a link from another site may be followed to a page, but not posted to nor framed", () => {
  const link = { fetchSite: "cross-site", method: "GET", fetchMode: "navigate", fetchDest: "document" };
  expect(isAllowed(link)).toBe(true);
  expect(isAllowed({ ...link, method: "POST" })).toBe(false);
  expect(isAllowed({ ...link, fetchDest: "iframe" })).toBe(false);
});
