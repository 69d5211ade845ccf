import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestBudget } from "./request-budget.ts";

test("without a limit nothing waits", () => {
  const budget = new RequestBudget(undefined);
  expect([1, 100, 10_000].map((calls) => budget.reserve(calls, 0))).toEqual([0, 0, 0]);
});

test("60 a minute start one a second", () => {
  const budget = new RequestBudget(60);
  expect([1, 1, 1].map((calls) => budget.reserve(calls, 0))).toEqual([0, 1000, 2000]);
  expect(budget.reserve(1, 10_000)).toBe(0);
});

test("each call of a batch counts", () => {
  const budget = new RequestBudget(60);
  expect(budget.reserve(30, 0)).toBe(0);
  expect(budget.reserve(1, 0)).toBe(30_000);
});

test("no stretch of a minute starts more calls than the limit and one second's worth", () => {
  const gaps = fc.array(fc.nat({ max: 3000 }), { minLength: 50, maxLength: 300 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 600 }), gaps, (limit, waits) => {
      const budget = new RequestBudget(limit);
      let nowMs = 0;
      const starts = waits.map((waitMs) => {
        nowMs += waitMs;
        return nowMs + budget.reserve(1, nowMs);
      });
      const most = Math.max(...starts.map((from) => starts.filter((at) => at >= from && at < from + 60_000).length));
      expect(most).toBeLessThanOrEqual(limit + Math.ceil(limit / 60) + 1);
    }),
  );
});

test("a pause holds back what comes, and a shorter one does not cut it", () => {
  const budget = new RequestBudget(undefined);
  budget.pause(5000, 0);
  budget.pause(100, 0);
  expect(budget.reserve(1, 1000)).toBe(4000);
  expect(budget.pausedMs(1000)).toBe(4000);
  expect(budget.reserve(1, 6000)).toBe(0);
});
