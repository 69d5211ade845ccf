import type { Duplex } from "node:stream";
import { sendOnSocket } from "./send.ts";

const REFUSALS: Readonly<Record<string, { readonly status: number; readonly code: string; readonly message: string }>> =
  {
    HPE_HEADER_OVERFLOW: { status: 431, code: "HEADERS_TOO_LARGE", message: "the headers are too large" },
    HPE_CHUNK_EXTENSIONS_OVERFLOW: {
      status: 413,
      code: "PAYLOAD_TOO_LARGE",
      message: "the chunk extensions are too large",
    },
    ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: "REQUEST_TIMEOUT", message: "the request did not come in time" },
  };

const NO_HTTP = { status: 400, code: "INVALID_REQUEST", message: "the request is not HTTP" };

/** Answers what could not be read as a request; a connection that is gone is only let go. */
export function answerMalformed(error: Error & { code?: string }, socket: Duplex, requestId: string): void {
  const bytesWritten = "bytesWritten" in socket ? socket.bytesWritten : 0;
  // After an answer on the same connection the client would take this one for the next.
  if (!socket.writable || error.code === "ECONNRESET" || bytesWritten !== 0) {
    socket.destroy();
    return;
  }
  const { status, code, message } = REFUSALS[error.code ?? ""] ?? NO_HTTP;
  sendOnSocket(socket, {
    status,
    headers: {},
    body: { error_code: code, error_message: message, request_id: requestId },
  });
}
