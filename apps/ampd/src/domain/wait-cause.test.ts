import { expect, test } from "vitest";
import { WAIT_CAUSES } from "./live-report.ts";
import { waitCause } from "./wait-cause.ts";

test("a stage that advances waits for nothing, unless it is for the head", () => {
  const found = WAIT_CAUSES.map((awaited) => waitCause({ awaited, idleMs: 1_999, isLimited: false }));
  expect(found).toEqual(["NOTHING", "HEAD", "NOTHING", "NOTHING", "NOTHING"]);
});

test("a stage that does not advance for 2 s waits for what it depends on", () => {
  const at = (awaited: "NOTHING" | "ENDPOINT" | "STORE") => waitCause({ awaited, idleMs: 2_000, isLimited: false });
  expect([at("NOTHING"), at("ENDPOINT"), at("STORE")]).toEqual(["NOTHING", "ENDPOINT", "STORE"]);
});

test("a head that is asked for in vain is the endpoint's silence", () => {
  expect(waitCause({ awaited: "HEAD", idleMs: 2_000, isLimited: false })).toBe("ENDPOINT");
});

test("a limit that holds requests back goes before anything else", () => {
  for (const awaited of WAIT_CAUSES) {
    expect(waitCause({ awaited, idleMs: 0, isLimited: true })).toBe("RATE_LIMIT");
    expect(waitCause({ awaited, idleMs: 60_000, isLimited: true })).toBe("RATE_LIMIT");
  }
});
