import { expect, test } from "vitest";
import { requireNodeSelector } from "./node-selector.ts";

test.each(["worker-1", "eu-*", "*", "a.b_c"])("%s selects nodes", (selector) => {
  expect(requireNodeSelector(selector)).toBe(selector);
});

test.each(["", "a*b", "**", "a b", "ä"])("'%s' is refused", (selector) => {
  expect(() => requireNodeSelector(selector)).toThrow("node selector");
});
