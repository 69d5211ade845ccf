import { expect, test } from "vitest";
import { JOB_STATUSES } from "./job.ts";
import { liveReport } from "./run-state.fixture.ts";
import { isOwned, reportOfAttempt } from "./run-state.ts";

test("a worker has a job from its claim to its end", () => {
  expect(JOB_STATUSES.filter(isOwned)).toEqual(["RUNNING", "STOP_REQUESTED", "STOPPING"]);
});

test("a report is that of its own attempt alone", () => {
  const live = liveReport({ attempt: 3 });
  expect(reportOfAttempt(3, live)).toBe(live);
  expect(reportOfAttempt(4, live)).toBeUndefined();
  expect(reportOfAttempt(3, undefined)).toBeUndefined();
});
