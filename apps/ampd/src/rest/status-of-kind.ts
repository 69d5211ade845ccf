import type { ErrorKind } from "../domain/errors.ts";

/** The one table from the kind of a refusal to the status of its answer. */
export const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  INVALID: 400,
  DENIED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  BUG: 500,
  UNAVAILABLE: 503,
};
