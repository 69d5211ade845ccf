import { HttpRequestError, ResponseBodyTooLargeError, RpcRequestError, TimeoutError } from "viem";
import { getHttpRpcClient, type HttpRpcClient } from "viem/utils";
import { reasonOf } from "./reason-of.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { MAX_ANSWER_BYTES, parseAnswer, type RpcAnswer, type RpcCall, type RpcWire, WireFault } from "./rpc-wire.ts";

type HttpSettings = { readonly url: string; readonly headers: Record<string, string>; readonly timeoutMs: number };

/** Too many requests, and the answers of a proxy before or a node behind that are down for a moment. */
const RETRYABLE_STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/**
 * JSON-RPC over HTTP by viem's client, one POST a `send`. Not its `http()` transport: that pairs the answers of a batch by
 * position, retries each call of a failed batch by itself, obeys any `Retry-After`, and counts no request.
 */
export function openHttpWire({ url, headers, timeoutMs }: HttpSettings): RpcWire {
  const client = getHttpRpcClient(url, {
    fetchOptions: { headers },
    maxResponseBodySize: MAX_ANSWER_BYTES,
    timeout: timeoutMs,
  });
  return {
    async send(calls, signal) {
      try {
        return await sendTogether(client, calls, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw toFault(error, timeoutMs);
      }
    },
    close() {},
  };
}

function sendTogether(
  client: HttpRpcClient,
  calls: readonly RpcCall[],
  signal: AbortSignal,
): Promise<readonly RpcAnswer[]> {
  const [only, ...others] = calls;
  return only !== undefined && others.length === 0 ? sendOne(client, only, signal) : sendBatch(client, calls, signal);
}

async function sendOne(client: HttpRpcClient, call: RpcCall, signal: AbortSignal): Promise<readonly RpcAnswer[]> {
  try {
    return [parseAnswer(await client.request({ body: toBody(call, 0), fetchOptions: { signal } }))];
  } catch (error) {
    // Some servers send a JSON-RPC error with HTTP 400 or 404: it is an answer all the same.
    if (!(error instanceof RpcRequestError) || RETRYABLE_STATUSES.includes(error.status ?? 0)) throw error;
    return [{ error: { code: error.code, message: error.details } }];
  }
}

async function sendBatch(
  client: HttpRpcClient,
  calls: readonly RpcCall[],
  signal: AbortSignal,
): Promise<readonly RpcAnswer[]> {
  const messages: readonly unknown[] = await client.request({ body: calls.map(toBody), fetchOptions: { signal } });
  const byId = new Map(messages.map((message) => [idOf(message), message]));
  return calls.map((_, id) => {
    const message = byId.get(id);
    // One error for all of them, without an id, or an answer left out: fewer calls at once may help.
    if (message === undefined) throw new WireFault("did not answer every call of a batch", BATCH_REFUSED);
    return parseAnswer(message);
  });
}

const BATCH_REFUSED = { isRetryable: true, isBatchRefused: true };

function toBody(
  { method, params }: RpcCall,
  id: number,
): { jsonrpc: "2.0"; id: number; method: string; params: unknown } {
  return { jsonrpc: "2.0", id, method, params };
}

function idOf(message: unknown): unknown {
  return typeof message === "object" && message !== null && "id" in message ? message.id : undefined;
}

/** viem's errors print URL and request body over several lines: only the facts are taken. */
function toFault(error: unknown, timeoutMs: number): WireFault {
  if (error instanceof WireFault) return error;
  if (error instanceof TimeoutError) {
    return new WireFault(`did not answer within ${timeoutMs} ms`, { ...BATCH_REFUSED, isSilence: true });
  }
  if (error instanceof ResponseBodyTooLargeError) {
    return new WireFault(`answered more than ${MAX_ANSWER_BYTES} bytes`, { isRetryable: false, isBatchRefused: true });
  }
  if ((error instanceof HttpRequestError || error instanceof RpcRequestError) && error.status !== undefined) {
    return statusFault(error.status, error.headers);
  }
  const cause = error instanceof HttpRequestError ? error.cause : error;
  if (cause instanceof SyntaxError) {
    return new WireFault("answered something that is not JSON", { isRetryable: true });
  }
  if (cause instanceof Error && /^Expected \d+ responses/.test(cause.message)) {
    return new WireFault("did not answer every call of a batch", BATCH_REFUSED);
  }
  return new WireFault(`could not be reached: ${reasonOf(cause)}`, { isRetryable: true, isSilence: true });
}

function statusFault(status: number, headers: Headers | undefined): WireFault {
  return new WireFault(`answered HTTP ${status}`, {
    isRetryable: RETRYABLE_STATUSES.includes(status),
    isBatchRefused: status === 413,
    isRateLimit: status === 429,
    retryAfterMs: parseRetryAfter(headers?.get("Retry-After") ?? null, Date.now()),
  });
}
