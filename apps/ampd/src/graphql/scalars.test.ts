import { type GraphQLScalarType, parseValue } from "graphql";
import { describe, expect, test } from "vitest";
import { schema } from "./schema.ts";

function scalar(name: string): GraphQLScalarType {
  const type = schema.getType(name);
  if (type === undefined) throw new Error(`the schema has no ${name}`);
  return type as GraphQLScalarType;
}

describe("BigInt", () => {
  const type = scalar("BigInt");
  const literal = (text: string) => type.parseLiteral(parseValue(text), {});

  test.each([0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)])("%s passes in every form", (value) => {
    expect(type.serialize(value)).toBe(String(value));
    expect(type.parseValue(String(value))).toBe(value);
    expect(type.parseValue(value)).toBe(value);
    expect(literal(String(value))).toBe(value);
    expect(literal(`"${value}"`)).toBe(value);
  });

  test("takes a safe integer of JSON", () => {
    expect(type.parseValue(9_007_199_254_740_991)).toBe(9_007_199_254_740_991n);
  });

  test.each([
    2 ** 53,
    1.5,
    Number.NaN,
    "",
    "x",
    "1.0",
    " 1",
    "0x10",
    "1e3",
    "9223372036854775808",
    "-9223372036854775809",
    true,
    [],
    {},
  ])("refuses %j, of which digits may be lost or which is no integer of 64 bits", (value) => {
    expect(() => type.parseValue(value)).toThrow(/^BigInt takes a 64-bit integer or its decimal string, not /);
  });

  test.each(["1.5", "true", "[1]", "{ a: 1 }", "A", '"x"', "9223372036854775808"])("refuses the literal %s", (text) => {
    expect(() => literal(text)).toThrow(/^BigInt takes /);
  });
});

describe("DateTime", () => {
  const type = scalar("DateTime");

  test("is written in UTC with milliseconds", () => {
    expect(type.serialize(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
  });

  test.each([
    ["2026-01-31T23:59:59.123Z", "2026-01-31T23:59:59.123Z"],
    ["2026-01-31T23:59:59Z", "2026-01-31T23:59:59.000Z"],
    ["2026-01-31T23:59:59+02:00", "2026-01-31T21:59:59.000Z"],
  ])("reads %s", (text, utc) => {
    expect(type.parseValue(text)).toEqual(new Date(utc));
  });

  test.each(["2026-01-31", "2026", "1 January 2026", "2026-01-31T23:59:59", "2026-13-01T00:00:00Z", "", 0, null, {}])(
    "refuses %j",
    (value) => {
      expect(() => type.parseValue(value)).toThrow(/^DateTime takes an RFC 3339 string with an offset, not /);
    },
  );

  test.each(["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"])(
    "refuses %j, which the database cannot keep",
    (value) => {
      expect(() => type.parseValue(value)).toThrow("DateTime takes the years 1 to 9999 of UTC");
    },
  );
});
