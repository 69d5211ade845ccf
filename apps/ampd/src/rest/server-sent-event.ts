/** A message of an event stream (WHATWG HTML, section 9.2). */
export type ServerSentEvent = {
  /** The position to come back to; absent: that of the message before. */
  readonly id?: string;
  /** Absent: `message`. */
  readonly event?: string;
  /** One line. */
  readonly data: string;
  /** The stream ends with it for now: the client is to come back. */
  readonly isRetryable?: boolean;
};

/** The message of a refusal; `error` would be taken for what an EventSource says of its connection. */
export const FAILED_EVENT = "failed";

/** The `id` of the last message of a stream that has come to its end: whoever comes back with it is told that there is no more. */
export const END_ID = "end";
