import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { END_ID, FAILED_EVENT, type ServerSentEvent } from "../rest/server-sent-event.ts";

export type EventStreamLimits = {
  /** A comment is sent after so long without an event: what lies between client and server closes silent connections. */
  readonly keepAliveMs: number;
  /** A client that leaves what waits to be sent untaken for so long is cut. */
  readonly stallLimitMs: number;
};

const LIMITS: EventStreamLimits = { keepAliveMs: 12_000, stallLimitMs: 30_000 };

/** How long a client waits before it comes back: not all of a closing server's clients at the same moment. */
const RETRY_MS = 1_000;
const RETRY_SPREAD_MS = 2_000;

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  // nginx would hold events back until its buffer is full.
  "x-accel-buffering": "no",
};

/**
 * Answers with server-sent events: each message of a feed, and `complete` at its end. Ends without `complete` when the
 * server closes, or the feed ended by a refusal that is not for ever, so that the client comes back.
 * @param signals.gone aborted when the client has gone
 * @param signals.closing aborted when the server closes
 */
export async function sendEventStream(
  response: ServerResponse,
  events: AsyncIterableIterator<ServerSentEvent>,
  signals: { readonly gone: AbortSignal; readonly closing: AbortSignal },
  changes: Partial<EventStreamLimits> = {},
): Promise<void> {
  const limits = { ...LIMITS, ...changes };
  const stop = () => void events.return?.();
  const ends = [signals.gone, signals.closing];
  const isOver = () => ends.some(({ aborted }) => aborted);
  for (const end of ends) end.addEventListener("abort", stop, { once: true });
  if (isOver()) stop();
  response.writeHead(200, HEADERS);
  response.write(retryText());
  const keepAlive = setInterval(() => {
    if (!response.writableNeedDrain) response.write(":\n\n");
  }, limits.keepAliveMs);
  // After a refusal that a later try may not meet the client is to come back, from where it is.
  let isFinal = true;
  try {
    for await (const event of events) {
      isFinal = event.isRetryable !== true;
      await write(response, textOf(event), limits.stallLimitMs);
      keepAlive.refresh();
      if (!isFinal) break;
    }
    if (!isOver() && isFinal) response.write(`id: ${END_ID}\nevent: complete\ndata:\n\n`);
  } finally {
    clearInterval(keepAlive);
    for (const end of ends) end.removeEventListener("abort", stop);
    response.end();
  }
}

/**
 * Answers a client that knows nothing but events while there are none for it: told with a status other than 200, an
 * EventSource would never come back.
 */
export function sendComeBack(response: ServerResponse, body: object): void {
  response.writeHead(200, HEADERS);
  response.end(retryText() + textOf({ event: FAILED_EVENT, data: JSON.stringify(body) }));
}

function retryText(): string {
  return `retry: ${RETRY_MS + Math.floor(Math.random() * RETRY_SPREAD_MS)}\n\n`;
}

function textOf({ id, event, data }: ServerSentEvent): string {
  return `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}data: ${data}\n\n`;
}

/** Resolves when there is room for more. The connection of a client that makes none is cut. */
async function write(response: ServerResponse, text: string, stallLimitMs: number): Promise<void> {
  if (response.write(text) || response.destroyed) return;
  const stalled = setTimeout(() => response.destroy(), stallLimitMs);
  const settled = new AbortController();
  const { signal } = settled;
  try {
    await Promise.race([once(response, "drain", { signal }), once(response, "close", { signal })]);
  } finally {
    clearTimeout(stalled);
    settled.abort();
  }
}
