import { expect, test } from "vitest";
import { parseQueryString } from "./query-string.ts";

const parse = (text: string) => Object.fromEntries(parseQueryString(text, "INVALID_QUERY_PARAMETERS"));

test.each([
  ["", {}],
  ["?", {}],
  ["?a=1&b=2", { a: "1", b: "2" }],
  ["a=1", { a: "1" }],
  ["a", { a: "" }],
  ["a=", { a: "" }],
  ["a=b=c", { a: "b=c" }],
  ["&&a=1&", { a: "1" }],
  ["a=x+y%2Bz%20w", { a: "x y+z w" }],
  ["%61=%C3%A9", { a: "é" }],
])("the query %s is read as a form", (text, values) => {
  expect(parse(text)).toEqual(values);
});

test.each(["a=1&a=1", "a&a", "a=1&%61=2", "a=%", "a=%zz", "%ff=1", "a=%00", "%00"])(
  "the query %s is refused",
  (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "INVALID_QUERY_PARAMETERS" }));
  },
);
