import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Log } from "../telemetry/log.ts";
import { acceptsOnlyEvents } from "./accept-events.ts";
import { requireJsonBody } from "./body.ts";
import { corsHeaders, isPreflight, preflightHeaders } from "./cors.ts";
import { sendComeBack } from "./event-stream.ts";
import { guardRequest, urlOf } from "./guard.ts";
import { answerHealth, type Readiness } from "./health.ts";
import { HttpError, toErrorAnswer } from "./http-error.ts";
import { listen } from "./listen.ts";
import { answerMalformed } from "./malformed.ts";
import { isRead } from "./read-only.ts";
import { chooseRequestId } from "./request-id.ts";
import { safetyHeaders, sendJson, sendOnSocket } from "./send.ts";
import { Sockets } from "./sockets.ts";

export type RequestContext = {
  /** Sent back as `x-request-id`, in every error body and in the log. */
  readonly requestId: string;
  readonly url: URL;
  /** Aborted when the client goes before it has its whole answer. */
  readonly signal: AbortSignal;
  /** Aborted when the server begins to close: an answer without an end (SSE) ends itself, or is cut after the grace. */
  readonly closing: AbortSignal;
};

/**
 * Answers a request, or leaves it to the next handler. Tells whether it took it; having taken it, the answer may still
 * be under way when the promise resolves. What it throws is answered as an error.
 */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
) => Promise<boolean>;

type UpgradeContext = Omit<RequestContext, "signal">;

/**
 * Takes over the socket of a WebSocket handshake, or leaves it to the next handler. When `closing` aborts it says
 * good-bye to its clients; sockets that are open after the grace are destroyed.
 */
export type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  context: UpgradeContext,
) => boolean | Promise<boolean>;

/** Each list is asked in its order, until one takes the request. */
type Handlers = { readonly routes: readonly RequestHandler[]; readonly upgrades: readonly UpgradeHandler[] };

export type HttpServerOptions = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
  /** Normalised, as `URL.origin` writes them. */
  readonly allowedOrigins: readonly string[];
  /** The operator has said that the port is reached from beyond this machine: any IP address is then a name of it. */
  readonly insecure: boolean;
  readonly readiness: () => Readiness;
  /** How long running requests and upgraded sockets have from `close` until they are destroyed. */
  readonly closeGraceMs?: number;
};

export type HttpServer = {
  readonly url: string;
  readonly port: number;
  /** Until the first call everything but health is answered with 503: the server is there while the rest is starting. */
  setHandlers(handlers: Handlers): void;
  /** Stops listening at once, resolves when the last connection is gone. Idempotent. */
  close(): Promise<void>;
};

const CLOSE_GRACE_MS = 10_000;

const SERVER_LIMITS = {
  maxHeaderSize: 16_384,
  headersTimeout: 15_000,
  /** For head and body together; an answer may take as long as it likes (SSE). */
  requestTimeout: 60_000,
  /** Longer than the 60 s of common load balancers: the one that reuses a connection must not be the last to know. */
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  /** Finds clients that vanished without a word. */
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
};

/**
 * One HTTP server. It knows health, errors and safety; what else it serves is given to it as handlers.
 * @throws AddressInUseError
 * @throws InvalidConfigError when the host or the port cannot be had at all
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const door = new Door(options);
  const address = await door.open();
  return {
    ...address,
    setHandlers: (handlers) => door.setHandlers(handlers),
    close: () => door.close(),
  };
}

class Door {
  readonly #options: HttpServerOptions;
  readonly #server;
  readonly #sockets = new Sockets();
  readonly #answering = new Set<ServerResponse>();
  readonly #closing = new AbortController();
  #handlers: Handlers | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#server = createServer({
      ...SERVER_LIMITS,
      // The check of the host answers in JSON.
      requireHostHeader: false,
      // HTTP/2 clients (Java's) offer `Upgrade: h2c` with ordinary requests, and want an ordinary answer.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
    });
    this.#server.on("connection", (socket: Socket) => this.#sockets.add(socket));
    this.#server.on("request", (request, response) => void this.#answer(request, response));
    this.#server.on("upgrade", (request, socket, head) => void this.#upgrade(request, socket, head));
    this.#server.on("clientError", (error, socket) => answerMalformed(error, socket, randomUUID()));
  }

  async open(): Promise<{ url: string; port: number }> {
    const address = await listen(this.#server, this.#options.host, this.#options.port);
    this.#server.on("error", (err) => this.#options.log.error({ err }, "HTTP server failed"));
    return address;
  }

  setHandlers(handlers: Handlers): void {
    this.#handlers = handlers;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const response of this.#answering) {
      if (!response.headersSent) response.setHeader("connection", "close");
    }
    this.#closing.abort();
    this.#sockets.close();
    const timer = setTimeout(() => this.#sockets.destroy(), this.#options.closeGraceMs ?? CLOSE_GRACE_MS);
    await promise;
    clearTimeout(timer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const requestId = chooseRequestId(request.headers["x-request-id"], randomUUID());
    const gone = new AbortController();
    const { socket } = request;
    this.#sockets.begin(socket);
    this.#answering.add(response);
    response.once("close", () => {
      this.#answering.delete(response);
      if (!response.writableFinished) gone.abort(new Error("the client has gone"));
      this.#sockets.end(socket);
      this.#options.log.debug(
        { requestId, method: request.method, path: pathOf(request), status: response.statusCode, ms: since(startedAt) },
        response.writableFinished ? "request answered" : "request left by its client",
      );
    });
    this.#setHeaders(request, response, requestId);
    try {
      await this.#dispatch(request, response, { requestId, signal: gone.signal, closing: this.#closing.signal });
    } catch (error) {
      this.#fail(request, response, { error, requestId, isGone: gone.signal.aborted });
    }
  }

  #setHeaders({ headers }: IncomingMessage, response: ServerResponse, requestId: string): void {
    const own = { ...safetyHeaders, ...corsHeaders(headers.origin, this.#options.allowedOrigins) };
    for (const [name, value] of Object.entries(own)) response.setHeader(name, value);
    response.setHeader("x-request-id", requestId);
    if (this.#closing.signal.aborted) response.setHeader("connection", "close");
  }

  async #dispatch(
    request: IncomingMessage,
    response: ServerResponse,
    context: Omit<RequestContext, "url">,
  ): Promise<void> {
    guardRequest(request, this.#options);
    const url = urlOf(request);
    if (isPreflight(request.method, request.headers["access-control-request-method"])) {
      response.writeHead(204, { ...preflightHeaders }).end();
      return;
    }
    const health = answerHealth(url.pathname, () => this.#readiness());
    if (health !== undefined) {
      if (isRead(request, response)) sendJson(request, response, health);
      return;
    }
    requireJsonBody(request.method, request.headers);
    for (const route of this.#requireHandlers().routes) {
      if (await route(request, response, { ...context, url })) return;
    }
    throw notFound(request.method, url);
  }

  #readiness(): Readiness {
    if (this.#closing.signal.aborted) return { ready: false, reasons: ["the server is closing"] };
    const { ready, reasons } = this.#options.readiness();
    if (this.#handlers !== undefined) return { ready, reasons };
    return { ready: false, reasons: ["the server is starting", ...reasons] };
  }

  #requireHandlers(): Handlers {
    if (this.#handlers === undefined) throw new HttpError("UNAVAILABLE", "the server is starting");
    return this.#handlers;
  }

  #fail(request: IncomingMessage, response: ServerResponse, failure: Failure): void {
    const answer = toErrorAnswer(failure.error, failure.requestId);
    this.#logFault(request, failure, answer.status);
    if (response.headersSent || failure.isGone) {
      // Half an answer must not look like a whole one.
      response.destroy();
      return;
    }
    for (const name of ["content-encoding", "etag"]) response.removeHeader(name);
    if (answer.status === 503 && request.method === "GET" && acceptsOnlyEvents(request.headers.accept)) {
      sendComeBack(response, answer.body);
      return;
    }
    sendJson(request, response, answer);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const requestId = chooseRequestId(request.headers["x-request-id"], randomUUID());
    this.#sockets.begin(request.socket);
    // A reset before a handler has taken the socket would otherwise end the process.
    socket.on("error", (err) => this.#options.log.debug({ err, requestId }, "upgraded connection failed"));
    try {
      guardRequest(request, this.#options);
      const url = urlOf(request);
      if (this.#closing.signal.aborted) throw new HttpError("UNAVAILABLE", "the server is closing");
      for (const upgrade of this.#requireHandlers().upgrades) {
        if (await upgrade(request, socket, head, { requestId, url, closing: this.#closing.signal })) return;
      }
      throw notFound("a WebSocket", url);
    } catch (error) {
      const answer = toErrorAnswer(error, requestId);
      this.#logFault(request, { error, requestId, isGone: socket.destroyed }, answer.status);
      sendOnSocket(socket, answer);
    }
  }

  /** Refusals are the client's business; a masked error is found here by its request id. */
  #logFault(request: IncomingMessage, { error, requestId, isGone }: Failure, status: number): void {
    if (status !== 500 || isGone) return;
    this.#options.log.error({ err: error, requestId, method: request.method, path: pathOf(request) }, "request failed");
  }
}

type Failure = { readonly error: unknown; readonly requestId: string; readonly isGone: boolean };

function notFound(method: string | undefined, url: URL): HttpError {
  return new HttpError("NOT_FOUND", `nothing is at ${url.pathname.slice(0, 200)} for ${method ?? "this method"}`);
}

/** Without the query, which may hold a secret. */
function pathOf({ url = "" }: IncomingMessage): string {
  return url.split("?")[0] ?? "";
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
