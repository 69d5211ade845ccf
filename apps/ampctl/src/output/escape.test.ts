import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeControls, escapeJson } from "./escape.ts";

test.each([
  ["\u001b[31m", "\\x1b[31m"],
  ["a\r\n\tb", "a\\r\\n\\tb"],
  ["\u009b2J\u007f\u0000", "\\x9b2J\\x7f\\x00"],
  ["\u202egpj.exe", "\\u202egpj.exe"],
  ["né – 日本 👍", "né – 日本 👍"],
])("%j is shown as %s", (text, shown) => {
  expect(escapeControls(text)).toBe(shown);
});

test("JSON means the same, and has nothing left that steers a terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const json = escapeJson(JSON.stringify(text));
      expect(JSON.parse(json)).toBe(text);
      expect(json).not.toMatch(/\p{Cc}/u);
    }),
  );
});
