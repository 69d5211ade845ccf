import { expect, test } from "vitest";
import { EXIT_CODES } from "../errors.ts";
import { errorOfAnswer, errorOfRefusal } from "./refusal.ts";

const connection = {
  url: new URL("http://ampd"),
  token: undefined,
  timeoutMs: 1,
  signal: new AbortController().signal,
};

test.each([
  ["JOB_NOT_FOUND", "NOT_FOUND", 1],
  ["JOB_CONFLICT", "REFUSED", 1],
  ["VERSION_CONFLICT", "REFUSED", 1],
  ["PROVIDER_IN_USE", "REFUSED", 1],
  ["INVALID_ARGUMENT", "USAGE", 2],
  ["LIMIT_TOO_LARGE", "USAGE", 2],
  ["UNAVAILABLE", "TRY_AGAIN", 75],
  ["TOO_MANY_REQUESTS", "TRY_AGAIN", 75],
  ["UNAUTHENTICATED", "DENIED", 1],
  ["FORBIDDEN", "DENIED", 1],
  ["INTERNAL", "FAILED", 1],
  ["SOMETHING_NEW", "REFUSED", 1],
])("%s is %s and ends with %i", (code, kind, exitCode) => {
  const error = errorOfRefusal({ code, message: "a sentence", requestId: "r-1" });
  expect(error).toMatchObject({ code, kind, message: "a sentence", requestId: "r-1" });
  expect(EXIT_CODES[error.kind]).toBe(exitCode);
});

test("a refusal that the server calls retryable is to be tried again, a conflict is not", () => {
  expect(errorOfRefusal({ code: "JOB_STOPPING", message: "", retryable: true }).kind).toBe("TRY_AGAIN");
  expect(errorOfRefusal({ code: "JOB_CONFLICT", message: "", retryable: true }).kind).toBe("REFUSED");
});

test.each([
  [400, "", "FAILED", "NOT_AMPD"],
  [404, "<html>", "FAILED", "NOT_AMPD"],
  [404, '{"error_code":"JOB_NOT_FOUND","error_message":"m"}', "NOT_FOUND", "JOB_NOT_FOUND"],
  [401, "", "DENIED", "UNAUTHENTICATED"],
  [403, "", "DENIED", "FORBIDDEN"],
  [429, "", "TRY_AGAIN", "TOO_MANY_REQUESTS"],
  [502, "<html>", "TRY_AGAIN", "UNAVAILABLE"],
  [503, '{"error_code":"DATABASE_UNAVAILABLE","error_message":"m"}', "TRY_AGAIN", "DATABASE_UNAVAILABLE"],
  [500, '{"error_code":"INTERNAL","error_message":"m"}', "FAILED", "INTERNAL"],
  [400, '{"errors":[{"message":"m","extensions":{"code":"INVALID_ARGUMENT"}}]}', "USAGE", "INVALID_ARGUMENT"],
  [200, '{"errors":[{}]}', "REFUSED", "GRAPHQL"],
])("HTTP %i with %j is %s", (status, text, kind, code) => {
  expect(errorOfAnswer(connection, { status, headers: {}, text })).toMatchObject({ kind, code });
});
