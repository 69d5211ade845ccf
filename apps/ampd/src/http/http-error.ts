import { AmpError } from "../domain/errors.ts";
import { type ErrorAnswer, errorAnswer, internalAnswer } from "../rest/error-answer.ts";
import { type HttpCode, STATUS_OF_HTTP_CODE } from "../rest/http-codes.ts";
import { STATUS_OF_KIND } from "../rest/status-of-kind.ts";

/** Codes of refusals that only HTTP knows. */
export type HttpErrorCode = HttpCode | "INVALID_PATH";

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

/** What the client is told of an error: a refusal in its own words, anything else masked. */
export function toErrorAnswer(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof HttpError) {
    const { code, message, headers } = error;
    return errorAnswer(
      {
        status: code === "INVALID_PATH" ? STATUS_OF_KIND.INVALID : STATUS_OF_HTTP_CODE[code],
        code,
        message,
        requestId,
      },
      headers,
    );
  }
  if (error instanceof AmpError) {
    const { kind, code, message } = error;
    return errorAnswer({ status: STATUS_OF_KIND[kind], code, message, requestId });
  }
  return internalAnswer(requestId);
}
