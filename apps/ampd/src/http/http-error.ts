import { AmpError } from "../domain/errors.ts";
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

type ErrorBody = { readonly error_code: string; readonly error_message: string; readonly request_id: string };

export type ErrorAnswer = { readonly status: number; readonly headers: Headers; readonly body: ErrorBody };

const RETRY_AFTER_SECONDS = "1";

/** What the client is told of an error: a refusal in its own words, anything else masked. */
export function toErrorAnswer(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof HttpError) {
    return answer(
      { status: statusOfCode[error.code], code: error.code, message: error.message, requestId },
      error.headers,
    );
  }
  if (error instanceof AmpError) {
    return answer({ status: STATUS_OF_KIND[error.kind], code: error.code, message: error.message, requestId });
  }
  return answer({ status: 500, code: "INTERNAL", message: `internal error; request id ${requestId}`, requestId });
}

type Refusal = { status: number; code: string; message: string; requestId: string };

function answer({ status, code, message, requestId }: Refusal, headers: Headers = {}): ErrorAnswer {
  return {
    status,
    headers: status === 503 ? { "retry-after": RETRY_AFTER_SECONDS, ...headers } : headers,
    body: { error_code: code, error_message: message, request_id: requestId },
  };
}
