import { expect, test } from "vitest";
import { InvalidArgumentError } from "./errors.ts";
import { requireIdempotencyKey } from "./idempotency-key.ts";

test.each(["a", " ", "~", "8e03978e-40d5-43dd-bc93-6894a57f9324", "Key: 1/2?", "a".repeat(255)])(
  "the key %j is taken as it is",
  (key) => {
    expect(requireIdempotencyKey(key)).toBe(key);
  },
);

test.each(["", "a".repeat(256), "a\n", "\t", "\u007f", "ä", "\u{1f511}"])("the key %j is refused, and named", (key) => {
  expect(() => requireIdempotencyKey(key)).toThrow(InvalidArgumentError);
  expect(() => requireIdempotencyKey(key)).toThrow(`idempotency key ${JSON.stringify(key).slice(0, 60)}`);
});
