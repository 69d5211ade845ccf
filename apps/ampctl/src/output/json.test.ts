import { expect, test } from "vitest";
import { decodeJson, encodeJson } from "./json.ts";

test("a bigint is written as a number of any size", () => {
  expect(encodeJson({ at: 2n ** 64n, none: null })).toBe('{"at":18446744073709551616,"none":null}');
});

test("an integer that no number holds comes as a bigint, any other value as itself", () => {
  expect(decodeJson("[9007199254740993,9007199254740991,-9007199254740993,0.5,1e300]")).toEqual([
    9007199254740993n,
    9007199254740991,
    -9007199254740993n,
    0.5,
    1e300,
  ]);
});

test("what is read is written as it was", () => {
  const text = '{"a":9223372036854775807,"b":[1.5,"x",true,null]}';
  expect(encodeJson(decodeJson(text))).toBe(text);
});
