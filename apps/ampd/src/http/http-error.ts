import { AmpError } from "../domain/errors.ts";
import { type ErrorAnswer, errorAnswer, internalAnswer } from "../rest/error-answer.ts";
import { STATUS_OF_KIND } from "../rest/status-of-kind.ts";

/** Codes of refusals that belong to HTTP, beside the domain's; clients compare them. */
export type HttpErrorCode =
  | "INVALID_PATH"
  | "NOT_FOUND"
  | "METHOD_NOT_ALLOWED"
  | "PAYLOAD_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "FORBIDDEN"
  | "UNAVAILABLE";

type Headers = Readonly<Record<string, string>>;

/** A refusal that only HTTP knows; the message is sent to the client. */
export class HttpError extends Error {
  readonly code: HttpErrorCode;
  readonly headers: Headers;

  constructor(code: HttpErrorCode, message: string, headers: Headers = {}) {
    super(message);
    this.name = "HttpError";
    this.code = code;
    this.headers = headers;
  }
}

const statusOfCode: Readonly<Record<HttpErrorCode, number>> = {
  INVALID_PATH: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNAVAILABLE: 503,
};

/** What the client is told of an error: a refusal in its own words, anything else masked. */
export function toErrorAnswer(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof HttpError) {
    const { code, message, headers } = error;
    return errorAnswer({ status: statusOfCode[code], code, message, requestId }, headers);
  }
  if (error instanceof AmpError) {
    const { kind, code, message } = error;
    return errorAnswer({ status: STATUS_OF_KIND[kind], code, message, requestId });
  }
  return internalAnswer(requestId);
}
