import fc from "fast-check";
import { expect, test } from "vitest";
import { ChainMismatchError, EndpointFailingError } from "./errors.ts";
import { backOffMs, describeFailure } from "./job-failure.ts";

test("a refusal keeps its code, its facts, whether a retry cures it, and its causes in words", () => {
  const cause = new Error("connect refused");
  const error = new EndpointFailingError("endpoint main did not answer", { endpoint: "main" }, { cause });
  expect(describeFailure(error, 3)).toEqual({
    code: "ENDPOINT_FAILING",
    message: "endpoint main did not answer",
    retryable: true,
    attempt: 3,
    fields: { endpoint: "main" },
    causes: ["endpoint main did not answer", "connect refused"],
  });
  expect(describeFailure(new ChainMismatchError("other chain"), 1).retryable).toBe(false);
});

test("anything else is a bug that no retry cures", () => {
  expect(describeFailure(new TypeError("x is undefined"), 1)).toMatchObject({ code: "INTERNAL", retryable: false });
  expect(describeFailure("thrown text", 1)).toMatchObject({ code: "INTERNAL", message: "thrown text" });
});

test("a circle of causes ends", () => {
  const error = new Error("round");
  error.cause = error;
  expect(describeFailure(error, 1).causes.length).toBeLessThan(10);
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
