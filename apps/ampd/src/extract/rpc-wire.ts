/** One JSON-RPC call. */
export type RpcCall = { readonly method: string; readonly params: readonly unknown[] };

/** What the endpoint answered to one call: the two forms that JSON-RPC knows. */
export type RpcAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string } };

/** Carries calls to an endpoint: one HTTP request, or messages over a socket. No retries, no limits: see `Endpoint`. */
export interface RpcWire {
  /**
   * Answers in the order of the calls, whatever the order in which they came.
   * @throws {WireFault} when not every call was answered; the signal's reason when it was aborted
   */
  send(calls: readonly RpcCall[], signal: AbortSignal): Promise<readonly RpcAnswer[]>;
  close(): void;
}

type WireFaultDetails = {
  /** Asking again may help. */
  readonly isRetryable: boolean;
  /** The endpoint does not take so many calls at once, or does not get them done in time. */
  readonly isBatchRefused?: boolean;
  /** The endpoint asked for a pause (HTTP 429 or 503). */
  readonly retryAfterMs?: number | undefined;
  readonly isRateLimit?: boolean;
  /** Nothing came back at all: it was not reached, was cut off, or took too long. */
  readonly isSilence?: boolean;
};

/** Why calls were not answered; the message continues "endpoint x …" and holds nothing of the URL. */
export class WireFault extends Error {
  override readonly name = "WireFault";
  readonly isRetryable: boolean;
  readonly isBatchRefused: boolean;
  readonly isRateLimit: boolean;
  readonly isSilence: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: WireFaultDetails) {
    super(message);
    this.isRetryable = details.isRetryable;
    this.isBatchRefused = details.isBatchRefused ?? false;
    this.isRateLimit = details.isRateLimit ?? false;
    this.isSilence = details.isSilence ?? false;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Far above any block with its receipts; a bound against an answer without end. viem's own is 10 MiB, which blocks exceed. */
export const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** @throws {WireFault} when the endpoint's message is not an answer in the sense of JSON-RPC */
export function parseAnswer(message: unknown): RpcAnswer {
  if (typeof message === "object" && message !== null) {
    if ("error" in message && message.error !== null && message.error !== undefined)
      return { error: parseError(message.error) };
    if ("result" in message) return { result: message.result };
  }
  throw new WireFault("answered something that is not JSON-RPC", { isRetryable: true });
}

function parseError(error: unknown): { code: number; message: string } {
  const fields = typeof error === "object" && error !== null ? error : {};
  const code = "code" in fields && typeof fields.code === "number" ? fields.code : 0;
  const message = "message" in fields && typeof fields.message === "string" ? fields.message : "no message";
  return { code, message };
}
