import { expect, test } from "vitest";
import { DatabaseUnavailableError, EndpointFailingError } from "../domain/errors.ts";
import { describeFault } from "./describe-fault.ts";

test("a refusal is one line, with what the database said as its reason", () => {
  expect(describeFault(new Error("Connection terminated unexpectedly"))).toEqual({
    code: "DATABASE_UNAVAILABLE",
    reason: "the database could not be used: Connection terminated unexpectedly",
  });
  const cause = new Error("\nInvalid `prisma.$queryRaw()` invocation:\n\n\nCan't reach the database\n");
  expect(describeFault(new DatabaseUnavailableError("the database could not be used", {}, { cause }))).toEqual({
    code: "DATABASE_UNAVAILABLE",
    reason: "the database could not be used: Can't reach the database",
  });
});

test("a reason that the message holds already is not said twice", () => {
  const cause = new Error("ECONNREFUSED");
  const error = new EndpointFailingError("endpoint main could not be reached: ECONNREFUSED", {}, { cause });
  expect(describeFault(error)).toEqual({ code: "ENDPOINT_FAILING", reason: error.message });
});

test.each([new TypeError("x is undefined"), "thrown text"])("a bug is given whole, for its stack", (error) => {
  expect(describeFault(error)).toEqual({ err: error });
});
