import fc from "fast-check";
import { expect, test } from "vitest";
import { hashOf } from "../../test/recorded-chain.ts";
import { parseRange, toJson } from "./file-metadata.ts";

const exact = fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) });
const span = { network: "mainnet", hash: hashOf("a", 2), prevHash: hashOf("a", 0), timestamp: 1n };

test("what a footer says of its range is read back", () => {
  fc.assert(
    fc.property(exact, exact, exact, (start, end, createdAtNs) => {
      const json = toJson({ table: "logs", name: "f", createdAtNs, span: { ...span, start, end } });
      expect(parseRange(json)).toEqual({ start, end, hash: span.hash, prevHash: span.prevHash });
    }),
  );
});

test("a number that JSON cannot hold exactly is refused, not rounded", () => {
  const start = BigInt(Number.MAX_SAFE_INTEGER) + 1n;
  expect(() => toJson({ table: "logs", name: "f", createdAtNs: 0n, span: { ...span, start, end: start } })).toThrow(
    RangeError,
  );
});

test.each(["", "{", "[]", '{"ranges":[]}', '{"ranges":[{"numbers":{"start":"1","end":2},"hash":"","prev_hash":""}]}'])(
  "%j names no range",
  (json) => expect(parseRange(json)).toBeUndefined(),
);
