import fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { pad, truncate, widthOf, wrap } from "./width.ts";

test("what is taken as one wide without a look at the tables is one wide in them", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(widthOf(text)).toBe(stringWidth(text));
    }),
  );
  const plain = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).filter((one) =>
    /\P{Cc}/u.test(one),
  );
  for (const one of plain) expect(widthOf(one), one.charCodeAt(0).toString(16)).toBe(stringWidth(one));
});

test.each([
  ["abc", 3, "abc"],
  ["abcd", 3, "ab…"],
  ["abcd", 1, "…"],
  ["abcd", 0, ""],
  ["日本語", 5, "日本…"],
  ["日本語", 4, "日…"],
])("%s in %d columns is %s", (text, width, shown) => {
  expect(truncate(text, width)).toBe(shown);
});

test("text is filled up on the side away from its alignment", () => {
  expect([pad("a", 3), pad("a", 3, "right"), pad("日", 3), pad("abcd", 3)]).toEqual(["a  ", "  a", "日 ", "abcd"]);
});

test("text is broken between words; a word that is too long stays whole, so that it can be copied", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("a 0123456789 b", 4)).toEqual(["a", "0123456789", "b"]);
  expect(wrap("", 4)).toEqual([""]);
});
