import fc from "fast-check";
import type { GraphQLInterfaceType } from "graphql";
import { expect, test } from "vitest";
import { InvalidArgumentError } from "../domain/errors.ts";
import { decodeGlobalId, encodeGlobalId, parseRowNumber } from "./global-id.ts";
import { schema } from "./schema.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

test("a global id gives back what it was made of", () => {
  const key = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(fc.constantFrom("Job", "JobEvent", "Dataset", "Table", "Provider", "Worker"), key, (typename, id) => {
      expect(decodeGlobalId(encodeGlobalId(typename, id))).toEqual({ typename, id });
    }),
  );
});

test("every type that has a global id is found by it", () => {
  const node = schema.getType("Node");
  if (!(node instanceof Object) || !("name" in node)) throw new Error("the schema has no Node");
  const types = schema.getPossibleTypes(node as GraphQLInterfaceType);
  expect(types.length).toBeGreaterThan(3);
  for (const { name } of types) expect(decodeGlobalId(base64(`${name}:1`)).typename).toBe(name);
});

test.each([
  "",
  "garbage",
  "====",
  "💥",
  base64("Job"),
  base64("Job:"),
  base64(":1"),
  base64("Query:1"),
  base64("a\0:1"),
  base64("Worker:a\0"),
  base64("Job:1".repeat(200)).slice(4),
])("%j is no global id", (id) => {
  expect(() => decodeGlobalId(id)).toThrow(InvalidArgumentError);
  expect(() => decodeGlobalId(id)).toThrow(/^id '.{0,100}' is not one that this server made$/u);
});

test.each([
  ["0", 0n],
  ["9223372036854775807", 2n ** 63n - 1n],
  ["9223372036854775808", undefined],
  ["99999999999999999999", undefined],
  ["-1", undefined],
  ["1.0", undefined],
  ["", undefined],
])("the row number %j is %s", (text, number) => {
  expect(parseRowNumber(text)).toBe(number);
});
