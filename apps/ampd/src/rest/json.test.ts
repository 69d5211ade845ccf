import { expect, test } from "vitest";
import { decodeJson, encodeJson, JsonError, spellBigints } from "./json.ts";

const decode = (text: string) => decodeJson(Buffer.from(text));

test("a bigint is written as a number of any size", () => {
  expect(encodeJson({ id: 9223372036854775807n, list: [-1n, 0n, 2] })).toBe(
    '{"id":9223372036854775807,"list":[-1,0,2]}',
  );
});

test("an integer that a number cannot hold is read as a bigint, and every other number as a number", () => {
  expect(decode("[9007199254740991, 9007199254740992, -9007199254740993, 1.5, 1e3]")).toEqual([
    9007199254740991,
    9007199254740992n,
    -9007199254740993n,
    1.5,
    1000,
  ]);
});

test("what was read is written as it was", () => {
  const text = '{"a":9223372036854775807,"b":[{"c":null}],"__proto__":{"d":true}}';
  expect(encodeJson(decode(text))).toBe(text);
});

test.each([
  "",
  "{",
  "1e400",
  '{"a":[-1e400]}',
  '"\\u0000"',
  '{"\\u0000":1}',
  '"\\ud800"',
  "[".repeat(100_000) + "]".repeat(100_000),
])("text that is no JSON, or could not be stored, is refused", (text) => {
  expect(() => decode(text)).toThrow(JsonError);
});

test("a hundred levels are read, and no more", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  expect(encodeJson(decode(nested(100)))).toBe(nested(100));
  expect(() => decode(nested(101))).toThrow("the body is nested more than 100 levels deep");
});

test("bytes that are not UTF-8 are refused", () => {
  expect(() => decodeJson(Uint8Array.from([0x22, 0xff, 0x22]))).toThrow(JsonError);
});

test("bigints are spelled for what takes none", () => {
  expect(spellBigints({ a: 9007199254740993n, b: [1n, { c: 1 }], d: null })).toEqual({
    a: "9007199254740993",
    b: ["1", { c: 1 }],
    d: null,
  });
});
