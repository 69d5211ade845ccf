import { expect, test } from "vitest";
import { NotFoundError } from "../errors.ts";
import type { JobStatus } from "../generated/api.ts";
import { exitCodeOf, type Goal, isReached } from "./goal.ts";
import type { WatchedJob, WatchedJobs } from "./watched-jobs.ts";

/** Jobs of these statuses, each so far behind; null stands for one that was removed. */
function jobsOf(...states: readonly (readonly [status: JobStatus, lag: string | null] | null)[]): WatchedJobs {
  return new Map(
    states.map((state, at) => {
      const job = state === null ? null : { status: state[0], progress: { lagBlocks: state[1] } };
      // Nothing else is looked at.
      return [String(at + 1), job as WatchedJob | null];
    }),
  );
}

const goal = (until: Goal["until"], maxLag = 0n): Goal => ({ until, maxLag });

test.each([
  ["completed", [["RUNNING", "0"]], false],
  [
    "completed",
    [
      ["COMPLETED", "0"],
      ["STOPPING", "0"],
    ],
    false,
  ],
  ["completed", [["COMPLETED", "0"], ["FAILED", null], null], true],
  ["stopped", [["STOPPING", "0"]], false],
  [
    "synced",
    [
      ["RUNNING", "2"],
      ["RUNNING", "0"],
    ],
    true,
  ],
  ["synced", [["RUNNING", "3"]], false],
  ["synced", [["RUNNING", null]], false],
  ["synced", [["SCHEDULED", "0"]], false],
  [
    "synced",
    [
      ["RUNNING", "1"],
      ["STOPPED", null],
    ],
    true,
  ],
] as const)("%s of %j: %s", (until, states, isOver) => {
  expect(isReached(jobsOf(...states), goal(until, 2n))).toBe(isOver);
});

test.each([
  ["completed", [["COMPLETED", "0"]], 0],
  [
    "completed",
    [
      ["COMPLETED", "0"],
      ["STOPPED", "0"],
    ],
    3,
  ],
  ["completed", [["FAILED", null], ["STOPPED", "0"], null], 4],
  ["completed", [["STOPPED", "0"], null], 3],
  ["stopped", [["STOPPED", "0"]], 0],
  ["stopped", [["FAILED", null]], 4],
  ["synced", [["RUNNING", "0"]], 0],
  ["synced", [["STOPPED", "0"]], 3],
] as const)("%s of %j ends with %d", (until, states, code) => {
  expect(exitCodeOf(jobsOf(...states), goal(until))).toBe(code);
});

test("a job that was removed is told, unless another one ended worse", () => {
  expect(() => exitCodeOf(jobsOf(["COMPLETED", "0"], null), goal("completed"))).toThrow(NotFoundError);
  expect(() => exitCodeOf(jobsOf(null), goal("stopped"))).toThrow("removed before the end was read: job 1");
});
