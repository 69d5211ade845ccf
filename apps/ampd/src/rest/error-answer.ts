type Headers = Readonly<Record<string, string>>;

/** What every refusal and every bug looks like over HTTP. */
export type ErrorAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly error_code: string; readonly error_message: string; readonly request_id: string };
};

type Refused = {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
};

const RETRY_AFTER_SECONDS = "1";

export function errorAnswer({ status, code, message, requestId }: Refused, headers: Headers = {}): ErrorAnswer {
  return {
    status,
    headers: status === 503 ? { "retry-after": RETRY_AFTER_SECONDS, ...headers } : headers,
    body: { error_code: code, error_message: message, request_id: requestId },
  };
}

/** All that a client is told of a bug. */
export function internalAnswer(requestId: string): ErrorAnswer {
  return errorAnswer({ status: 500, code: "INTERNAL", message: `internal error; request id ${requestId}`, requestId });
}
