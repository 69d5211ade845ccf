import { expect, test } from "vitest";
import { adviceText } from "./advice.ts";

test.each([
  ["To give it up, call `stopJob`.", "To give it up, call `ampctl job stop 7`."],
  ["call `stopJob`, then `retryJob`", "call `ampctl job stop 7`, then `ampctl job retry 7`"],
  ["add one with `registerProvider`", "add one with `ampctl provider add`"],
  ["Start one with `ampd worker`.", "Start one with `ampd worker`."],
  ["`constructor` stays", "`constructor` stays"],
])("%s", (sentence, text) => {
  expect(adviceText(sentence, "7")).toBe(text);
});
