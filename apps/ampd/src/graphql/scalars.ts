import { Kind } from "graphql";
import { createGraphQLError } from "graphql-yoga";
import { show } from "../domain/parse.ts";
import { builder } from "./builder.ts";

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
/** Without an offset it would be read in the server's own time zone. */
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

builder.scalarType("BigInt", {
  description: "A 64-bit integer. On the wire a decimal string; as an input an integer is accepted too.",
  serialize: String,
  parseValue: toBigInt,
  parseLiteral: (node) => {
    if (node.kind === Kind.INT || node.kind === Kind.STRING) return toBigInt(node.value);
    throw createGraphQLError(`BigInt takes an integer or a decimal string, not a ${node.kind}`);
  },
});

builder.scalarType("DateTime", {
  description: "A point in time as RFC 3339 in UTC, such as `2026-01-31T23:59:59.123Z`.",
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const time = typeof value === "string" && RFC_3339.test(value) ? new Date(value) : undefined;
    if (time === undefined || Number.isNaN(time.getTime())) {
      throw createGraphQLError(`DateTime takes an RFC 3339 string with an offset, not ${show(value)}`);
    }
    const year = time.getUTCFullYear();
    // Others have no place in the database.
    if (year < 1 || year > 9999)
      throw createGraphQLError(`DateTime takes the years 1 to 9999 of UTC, not ${show(value)}`);
    return time;
  },
});

builder.scalarType("JSON", {
  description: "Any JSON value.",
  serialize: (value) => value,
  parseValue: (value) => value,
});

function toBigInt(value: unknown): bigint {
  const number = readInteger(value);
  if (number === undefined || number < MIN_INT64 || number > MAX_INT64) {
    throw createGraphQLError(`BigInt takes a 64-bit integer or its decimal string, not ${show(value)}`);
  }
  return number;
}

/** A number of JSON beyond 2^53 has lost its last digits already, so it is refused. */
function readInteger(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  const isInteger = typeof value === "string" ? /^-?\d{1,19}$/.test(value) : Number.isSafeInteger(value);
  return isInteger ? BigInt(value as string | number) : undefined;
}
