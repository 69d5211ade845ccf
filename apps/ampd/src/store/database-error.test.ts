import { expect, test } from "vitest";
import { DatabaseUnavailableError } from "../domain/errors.ts";
import { translateDatabaseError } from "./database-error.ts";

test.each([
  "Connection terminated unexpectedly",
  "Connection terminated due to connection timeout",
  "timeout exceeded when trying to connect",
])("'%s' is curable: a restart of the database must not fail a job for good", (message) => {
  expect(translateDatabaseError(new Error(message))).toBeInstanceOf(DatabaseUnavailableError);
});

test("an error that is not the database's stays what it is", () => {
  const error = new TypeError("x is undefined");
  expect(translateDatabaseError(error)).toBe(error);
});
