/** What HTTP knows of a request, apart from the body's stream. */
export type RestRequest = {
  readonly method: string;
  /** As it was sent: percent-encoded, without the query. */
  readonly path: string;
  /** As it was sent, with or without its `?`. */
  readonly query: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  readonly requestId: string;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** Aborted when the server closes: what waits answers with what it has. */
  readonly closing: AbortSignal;
  /** Whether the client asks for server-sent events by name. */
  readonly wantsEvents: boolean;
};
