import { expect, test } from "vitest";
import { type WorkerFacts, workerGap } from "./worker-fit.ts";

const worker = (changes: Partial<WorkerFacts> = {}): WorkerFacts => ({
  nodeId: "eu-1",
  incarnation: "a",
  isAlive: true,
  draining: false,
  capacity: 2,
  running: 1,
  storeId: "s",
  ...changes,
});
const job = { nodeSelector: null, storeIds: ["s"] };

test("a worker that is alive, fits, sees the store, does not drain and has room takes the job", () => {
  expect(workerGap([worker()], job)).toBeNull();
  expect(workerGap([worker({ isAlive: false }), worker({ draining: true }), worker()], job)).toBeNull();
});

test("otherwise the first thing that all lack is named", () => {
  expect(workerGap([], job)).toBe("NONE_ALIVE");
  expect(workerGap([worker({ isAlive: false })], job)).toBe("NONE_ALIVE");
  expect(workerGap([worker()], { ...job, nodeSelector: "us-*" })).toBe("NONE_SELECTED");
  expect(workerGap([worker({ storeId: null })], { ...job, storeIds: [] })).toBe("NONE_SEES_STORE");
  expect(workerGap([worker({ storeId: "other" })], job)).toBe("NONE_SEES_STORE");
  expect(workerGap([worker({ draining: true })], job)).toBe("ALL_DRAIN");
  expect(workerGap([worker({ running: 2 })], job)).toBe("ALL_FULL");
  expect(workerGap([worker({ running: 2 }), worker({ draining: true }), worker({ storeId: null })], job)).toBe(
    "ALL_FULL",
  );
});

test("any store does for tables that nobody took yet; tables of two stores suit nobody", () => {
  expect(workerGap([worker({ storeId: "other" })], { ...job, storeIds: [] })).toBeNull();
  expect(workerGap([worker()], { ...job, storeIds: ["s", "other"] })).toBe("NONE_SEES_STORE");
});

test.each([
  [null, true],
  ["eu-1", true],
  ["eu-*", true],
  ["*", true],
  ["eu", false],
  ["eu-10", false],
  ["us-*", false],
])("selector %s and node eu-1: %s", (selector, fits) => {
  expect(workerGap([worker()], { ...job, nodeSelector: selector })).toBe(fits ? null : "NONE_SELECTED");
});
