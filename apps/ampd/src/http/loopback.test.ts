import { expect, test } from "vitest";
import { hostInUrl, isLoopbackHost } from "./loopback.ts";

test.each([
  "localhost",
  "LOCALHOST",
  "amp.localhost",
  "127.0.0.1",
  "127.255.1.2",
  "::1",
  "[::1]",
  "0:0:0:0:0:0:0:1",
  "::ffff:127.0.0.1",
])("%s is reached by this machine only", (host) => {
  expect(isLoopbackHost(host)).toBe(true);
});

test.each([
  "0.0.0.0",
  "::",
  "10.0.0.1",
  "128.0.0.1",
  "::2",
  "::ffff:10.0.0.1",
  "fe80::1%eth0",
  "localhost.evil.com",
  "127.0.0.1.nip.io",
  "evillocalhost",
  "127.1",
  "",
])("'%s' is not taken for this machine", (host) => {
  expect(isLoopbackHost(host)).toBe(false);
});

test("an IPv6 address stands in brackets in a URL", () => {
  expect(hostInUrl("::1")).toBe("[::1]");
  expect(hostInUrl("127.0.0.1")).toBe("127.0.0.1");
});
