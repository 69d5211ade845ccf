import fc from "fast-check";
import { expect, test } from "vitest";
import { ChainMismatchError, EndpointFailingError, JobStalledError } from "./errors.ts";
import { backOffMs, describeFailure } from "./job-failure.ts";

const failed = (attempt: number) => ({ job: 7n, attempt, nodeId: "worker-1" });

test("a refusal keeps its code, its facts, whether a retry cures it, and its causes in words", () => {
  const cause = new Error("connect refused");
  const error = new EndpointFailingError("endpoint main did not answer", { endpoint: "main" }, { cause });
  expect(describeFailure(error, failed(3))).toEqual({
    code: "ENDPOINT_FAILING",
    message: "endpoint main did not answer",
    retryable: true,
    attempt: 3,
    fields: { endpoint: "main" },
    causes: ["endpoint main did not answer", "connect refused"],
  });
  expect(describeFailure(new ChainMismatchError("other chain"), failed(1)).retryable).toBe(false);
});

test.each([
  new TypeError("password=hunter2", { cause: new Error("at postgres://u:hunter2@host") }),
  "hunter2",
  undefined,
])("anything else is a bug that no retry cures, and its words stay in the log", (error) => {
  expect(describeFailure(error, failed(3))).toEqual({
    code: "INTERNAL",
    message: "unexpected error: the log of worker worker-1 says more (attempt 3 of job 7)",
    retryable: false,
    attempt: 3,
    fields: {},
    causes: [],
  });
});

test("a circle of causes ends", () => {
  const error = new EndpointFailingError("round");
  error.cause = error;
  expect(describeFailure(error, failed(1)).causes.length).toBeLessThan(10);
});

test("a job that stalls says for how long and in what, and may be tried again", () => {
  const error = new JobStalledError(7n, "writing file a.parquet", 600_000);
  expect(error.message).toBe("job '7' has not advanced for 600 s: it was writing file a.parquet");
  expect(describeFailure(error, failed(1))).toMatchObject({
    code: "JOB_STALLED",
    retryable: true,
    fields: { job: "7", stage: "writing file a.parquet", stalledMs: 600_000 },
  });
});

test("the back-off doubles from a second to five minutes, give or take a fifth", () => {
  expect([1, 2, 3, 4, 9, 10, 100].map((failures) => backOffMs(failures, 0.5))).toEqual([
    1_000, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000,
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
      const middleMs = Math.min(1_000 * 2 ** (failures - 1), 300_000);
      const delayMs = backOffMs(failures, random);
      expect(delayMs).toBeGreaterThanOrEqual(middleMs * 0.8 - 1);
      expect(delayMs).toBeLessThanOrEqual(middleMs * 1.2 + 1);
    }),
  );
});

test("words that the database cannot keep are cut to those that it can", () => {
  const bad = "bad\0 \ud83d";
  const error = new EndpointFailingError(bad, { endpoint: bad, block: 3 }, { cause: new Error(bad) });
  const { message, fields, causes } = describeFailure(error, { job: 1n, attempt: 2, nodeId: "worker-1" });
  expect(message).toBe("bad \ufffd");
  expect(fields).toEqual({ endpoint: "bad \ufffd", block: 3 });
  expect(causes).toEqual(["bad \ufffd", "bad \ufffd"]);
});
