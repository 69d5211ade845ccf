import { expect, test } from "vitest";
import { isHostAllowed } from "./host-check.ts";

const local = { host: "127.0.0.1", allowedOrigins: ["https://amp.example.com"], insecure: false };
const open = { host: "0.0.0.0", allowedOrigins: [], insecure: true };

test.each([
  "localhost",
  "localhost:1610",
  "localhost.:1610",
  "127.0.0.1:9",
  "[::1]:1610",
  "LocalHost:80",
  "a.localhost",
])("%s is a loopback name, with any port", (header) => {
  expect(isHostAllowed(header, local)).toBe(true);
  expect(isHostAllowed(header, open)).toBe(true);
});

test.each([
  undefined,
  "",
  ":1610",
  "evil.com",
  "evil.com:1610",
  "localhost.evil.com",
  "127.0.0.1.nip.io",
  "127.0.0.1@evil.com",
  "evil.com#127.0.0.1",
  "localhost:1610, evil.com",
  "[::1",
  "[::1]evil.com",
  "0x7f.1",
])("'%s' is refused, whatever the server listens on", (header) => {
  expect(isHostAllowed(header, local)).toBe(false);
  expect(isHostAllowed(header, open)).toBe(false);
});

test.each(["10.1.2.3:1610", "[fd00::1]:1610", "0.0.0.0:1610"])("the address %s needs --insecure", (header) => {
  expect(isHostAllowed(header, local)).toBe(false);
  expect(isHostAllowed(header, open)).toBe(true);
});

test("the configured host and the hosts of allowed origins are names of the server", () => {
  expect(isHostAllowed("Amp.internal:5", { ...open, host: "amp.internal" })).toBe(true);
  expect(isHostAllowed("amp.example.com", local)).toBe(true);
  expect(isHostAllowed("other.example.com", local)).toBe(false);
});
