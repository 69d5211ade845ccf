import { expect, test } from "vitest";
import { reasonOf } from "./reason-of.ts";

const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.7:8545"), { code: "ECONNREFUSED" });

test.each([
  ["a code", refused, "ECONNREFUSED"],
  ["a code that fetch hides in the cause", new TypeError("fetch failed", { cause: refused }), "ECONNREFUSED"],
  ["the first of several addresses", new AggregateError([refused, refused]), "ECONNREFUSED"],
  ["words where there is no code", new Error("Unexpected server response: 401"), "Unexpected server response: 401"],
  ["words without a URL", new Error("no way to wss://key@host/v3/secret"), "no way to …"],
  ["a name where there are no words", new RangeError(), "RangeError"],
  ["nothing that is an error", "thrown text", "unknown reason"],
])("a connection's failure is told by %s", (_, error, reason) => {
  expect(reasonOf(error)).toBe(reason);
});
