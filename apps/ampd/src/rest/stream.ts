import type { DocumentNode, ExecutionResult } from "graphql";
import { keepItems, mapItems } from "../graphql/map-items.ts";
import type { Pipeline } from "../graphql/pipeline.ts";
import { cursorOf } from "../graphql/shared-events.ts";
import { MaskedError, type Operation, toData } from "./ask.ts";
import type { Document } from "./document.ts";
import { type ErrorAnswer, errorAnswer, internalAnswer } from "./error-answer.ts";
import { encodeJson } from "./json.ts";
import { type Refusals, toRefusal } from "./refusal.ts";
import { FAILED_EVENT, type ServerSentEvent } from "./server-sent-event.ts";

/** What a message of a route's stream says. */
export type StreamMessage = { readonly event?: string; readonly body: unknown };

export type StreamDefinition<Data> = {
  readonly description: string;
  /** A subscription with the variables of the route's own document. */
  readonly document: Document<Data>;
  /** As it comes over the wire. */
  readonly example: string;
  message(data: Data): StreamMessage;
};

/** A route's answer to a client that takes events: the types of its parts are settled inside. */
export type Stream = {
  readonly description: string;
  readonly document: DocumentNode;
  readonly example: string;
  message(data: unknown): StreamMessage;
};

export function stream<Data>({ description, document, example, message }: StreamDefinition<Data>): Stream {
  // A test validates every document against the schema.
  return { description, document: document.node, example, message: (data) => message(data as Data) };
}

/** What a stream needs of its route. */
type Streaming = { readonly stream: Stream; readonly refusals: Refusals };

/** One result is handed to every subscriber, so it is written once for all of them. */
const written = new WeakMap<ExecutionResult, ServerSentEvent>();

/**
 * Runs a route's subscription; each result becomes a message, a failure the last one.
 * @throws as `ask` does for what is refused before the first message
 */
export async function openStream(
  pipeline: Pick<Pipeline, "subscribe">,
  route: Streaming,
  operation: Omit<Operation, "document"> & { readonly lastEventId: string | undefined },
): Promise<AsyncIterableIterator<ServerSentEvent>> {
  const { variables, requestId, lastEventId } = operation;
  const seed = { requestId, ...(lastEventId === undefined ? {} : { lastEventId }) };
  const results = await pipeline.subscribe(route.stream.document, { ...variables }, seed);
  if (!(Symbol.asyncIterator in results)) {
    toData(results);
    throw new Error("a route's subscription gave one result");
  }
  return dropRepeats(mapItems(results, (result) => write(result, route, requestId)));
}

/** What moves need not be shown here: a state that is told is not told again. An event of a log is, whatever it says. */
function dropRepeats(events: AsyncIterableIterator<ServerSentEvent, undefined>) {
  let last: string | undefined;
  return keepItems(events, ({ id, data }) => {
    const isNews = id !== undefined || data !== last;
    last = data;
    return isNews;
  });
}

/** The last message of a stream that failed: the client is to come back, and goes on where it was. */
export function failedEvent({ body }: ErrorAnswer): ServerSentEvent {
  return { event: FAILED_EVENT, data: encodeJson(body), isRetryable: true };
}

function write(
  result: ExecutionResult,
  { stream: { message }, refusals }: Streaming,
  requestId: string,
): ServerSentEvent {
  const known = written.get(result);
  if (known !== undefined) return known;
  let made: ServerSentEvent;
  try {
    const { event, body } = message(toData(result));
    const cursor = cursorOf(result);
    made = {
      ...(cursor === undefined ? {} : { id: cursor }),
      ...(event === undefined ? {} : { event }),
      data: encodeJson(body),
    };
  } catch (error) {
    const refusal = toRefusal(error, refusals);
    if (refusal !== undefined) return failedEvent(errorAnswer({ ...refusal, requestId }));
    // Anything else nobody has logged yet: the server does, and cuts the connection.
    if (!(error instanceof MaskedError)) throw error;
    return failedEvent(internalAnswer(requestId));
  }
  written.set(result, made);
  return made;
}
