import { expect, test } from "vitest";
import {
  AmpError,
  DatabaseUnavailableError,
  InvalidArgumentError,
  JobConflictError,
  JobNotFoundError,
} from "../domain/errors.ts";
import { HttpError, toErrorAnswer } from "./http-error.ts";

class Denied extends AmpError {
  readonly code = "INVALID_CONFIG";
  readonly kind = "DENIED";
}

class Broken extends AmpError {
  readonly code = "INVALID_CONFIG";
  readonly kind = "BUG";
}

test.each([
  [new InvalidArgumentError("bad"), 400, "INVALID_ARGUMENT"],
  [new Denied("no"), 403, "INVALID_CONFIG"],
  [new JobNotFoundError(999999n), 404, "JOB_NOT_FOUND"],
  [new JobConflictError("busy"), 409, "JOB_CONFLICT"],
  [new Broken("oops"), 500, "INVALID_CONFIG"],
  [new DatabaseUnavailableError("gone"), 503, "DATABASE_UNAVAILABLE"],
  [new HttpError("PAYLOAD_TOO_LARGE", "large"), 413, "PAYLOAD_TOO_LARGE"],
])("%s is answered with %i and its own words", (error, status, code) => {
  expect(toErrorAnswer(error, "r1")).toMatchObject({
    status,
    body: { error_code: code, error_message: error.message, request_id: "r1" },
  });
});

test("what is not available now says when to come again", () => {
  expect(toErrorAnswer(new DatabaseUnavailableError("gone"), "r1").headers).toEqual({ "retry-after": "1" });
  expect(toErrorAnswer(new JobNotFoundError(1n), "r1").headers).toEqual({});
});

test.each([new Error("password hunter2"), new TypeError("hunter2"), "hunter2", undefined, { code: "hunter2" }])(
  "%s is masked",
  (error) => {
    expect(toErrorAnswer(error, "r1")).toEqual({
      status: 500,
      headers: {},
      body: { error_code: "INTERNAL", error_message: "internal error; request id r1", request_id: "r1" },
    });
  },
);
