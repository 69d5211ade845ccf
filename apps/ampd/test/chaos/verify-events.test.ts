import { expect, test } from "vitest";
import { findEventFaults, type JobNow, type LoggedEvent } from "./verify-events.ts";

function logOf(...types: string[]): LoggedEvent[] {
  return types.map((type, at) => ({ sequence: at + 1, job: 1, type, node: "w1", incurable: null }));
}

const RUNNING: JobNow = { number: 1, status: "RUNNING", version: 4, attempt: 2, node: "w1" };

test("a log that leads to the row is without fault", () => {
  expect(findEventFaults(logOf("SCHEDULED", "RUNNING", "HANDED_OVER", "SCHEDULED", "RUNNING"), [RUNNING])).toEqual([]);
  expect(findEventFaults(logOf("SCHEDULED", "STOPPED", "REMOVED"), [])).toEqual([]);
});

test("a lost event shows as a move that does not exist and as another count", () => {
  expect(findEventFaults(logOf("SCHEDULED", "RUNNING", "HANDED_OVER", "RUNNING"), [RUNNING])).toEqual([
    "job 1, event 4: moved from RUNNING to RUNNING",
    "job 1: its version is 4, its events say 3",
  ]);
});

test("a row without its last event, and a removal that came too early or did not happen, are faults", () => {
  const log = logOf("SCHEDULED", "RUNNING", "HANDED_OVER", "SCHEDULED");
  expect(findEventFaults(log, [RUNNING])).toContain("job 1: its status is RUNNING, its events say SCHEDULED");
  expect(findEventFaults(log, [])).toEqual(["job 1: is gone without an event, last seen SCHEDULED"]);
  expect(findEventFaults(logOf("SCHEDULED", "REMOVED"), [])).toEqual(["job 1, event 2: removed while SCHEDULED"]);
  const stopped = { ...RUNNING, status: "STOPPED" };
  expect(findEventFaults(logOf("SCHEDULED", "STOPPED", "REMOVED"), [stopped])).toEqual([
    "job 1: is there although it was removed",
  ]);
  expect(findEventFaults([], [RUNNING])).toEqual(["job 1 has no events"]);
});
