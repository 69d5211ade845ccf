import { expect, test } from "vitest";
import type { WaitCause } from "./live-report.ts";
import { atSecond, liveReport, runState } from "./run-state.fixture.ts";
import { stalledSince } from "./stall.ts";

/** Reports up to second 100, and has advanced last at another one. */
const since = (advanced: number, waitsFor: WaitCause = "NOTHING") =>
  stalledSince(runState({ live: liveReport({ advancedAt: atSecond(advanced), waitsFor }) }));

test("a job stalls when no stage has advanced for more than 30 s", () => {
  expect(since(100)).toBeNull();
  expect(since(70)).toBeNull();
  expect(since(69.999)).toEqual(atSecond(69.999));
});

test("one that waits for the head does not, whatever the time", () => {
  expect(since(0, "HEAD")).toBeNull();
  for (const cause of ["RATE_LIMIT", "ENDPOINT", "STORE"] as const) expect(since(0, cause)).toEqual(atSecond(0));
});

test("an owner that is silent stands still, also one that waited for the head", () => {
  const live = liveReport({ reportedAt: atSecond(50), advancedAt: atSecond(20), waitsFor: "HEAD" });
  expect(stalledSince(runState({ live, now: atSecond(80) }))).toBeNull();
  expect(stalledSince(runState({ live, now: atSecond(81) }))).toEqual(atSecond(50));
});

test("an attempt that never reported stands still from its claim on", () => {
  expect(stalledSince(runState({ live: undefined, now: atSecond(30) }))).toBeNull();
  expect(stalledSince(runState({ live: undefined, now: atSecond(31) }))).toEqual(atSecond(0));
});

test.each(["SCHEDULED", "COMPLETED", "STOPPED", "FAILED"] as const)("a job that is %s does not stall", (status) => {
  expect(stalledSince(runState({ status, now: atSecond(10_000) }))).toBeNull();
});
