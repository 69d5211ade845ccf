import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { HttpError } from "./http-error.ts";

export type BodyLimits = { readonly maxBytes: number; readonly signal: AbortSignal };

/**
 * The whole body of a request. What comes after a refusal is thrown away by the server, so that the client can read the
 * answer.
 * @throws HttpError PAYLOAD_TOO_LARGE, by the declared length or once more has come
 * @throws HttpError UNSUPPORTED_MEDIA_TYPE when it is compressed: a small body could then be a large one
 * @throws the signal's reason, or the error of a connection that broke
 */
export async function readBody(
  request: IncomingMessage,
  { maxBytes, signal }: BodyLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding.trim().toLowerCase() !== "identity") {
    throw new HttpError(
      "UNSUPPORTED_MEDIA_TYPE",
      `a body with content-encoding '${encoding.slice(0, 40)}' is not read: send it plain`,
    );
  }
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  signal.throwIfAborted();
  return collect(request, { maxBytes, signal });
}

/** By events: leaving a `for await` early destroys the socket, and the answer with it. Without listeners the rest flows away. */
function collect(request: IncomingMessage, { maxBytes, signal }: BodyLimits): Promise<Uint8Array<ArrayBuffer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const onData = (chunk: Buffer): void => {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) reject(tooLarge(maxBytes));
    else chunks.push(chunk);
  };
  const onEnd = (): void => resolve(Buffer.concat(chunks));
  const onAbort = (): void => reject(signal.reason);
  request.on("data", onData).on("end", onEnd).on("error", reject);
  signal.addEventListener("abort", onAbort);
  return promise.finally(() => {
    request.off("data", onData).off("end", onEnd);
    signal.removeEventListener("abort", onAbort);
  });
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError("PAYLOAD_TOO_LARGE", `a body of more than ${maxBytes} bytes is not taken`);
}

const METHODS_WITH_BODY = ["POST", "PUT", "PATCH", "DELETE"];

/**
 * Refuses a body that is not JSON in UTF-8. A page of any origin may send a form or plain text without a preflight; JSON
 * it may not.
 * @throws HttpError UNSUPPORTED_MEDIA_TYPE
 */
export function requireJsonBody(method: string | undefined, headers: IncomingHttpHeaders): void {
  if (!METHODS_WITH_BODY.includes(method ?? "") || !hasBody(headers)) return;
  const type = headers["content-type"] ?? "";
  if (isJson(type)) return;
  throw new HttpError(
    "UNSUPPORTED_MEDIA_TYPE",
    `a body must be application/json in UTF-8, not ${type === "" ? "without a content-type" : `'${type.slice(0, 100)}'`}`,
  );
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function isJson(contentType: string): boolean {
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const isUtf8 = parameters.every(
    (parameter) => !/^\s*charset\s*=/.test(parameter) || /=\s*"?utf-?8"?\s*$/.test(parameter),
  );
  return isUtf8 && /^application\/([\w.-]+\+)?json$/.test(type.trim());
}
