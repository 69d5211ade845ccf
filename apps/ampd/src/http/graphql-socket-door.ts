import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionArgs, ExecutionResult } from "graphql";
import { CloseCode, handleProtocols, makeServer } from "graphql-ws";
import { createGraphQLError, isAsyncIterable } from "graphql-yoga";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { MAX_SOCKET_OPERATIONS } from "../graphql/limits/operation-limits.ts";
import type { Pipeline, PreparedOperation } from "../graphql/pipeline.ts";
import { textOf, toPublicError } from "../graphql/result-text.ts";
import type { Log } from "../telemetry/log.ts";
import type { UpgradeHandler } from "./server.ts";

export type SocketLimits = {
  /** A longer message closes its socket. */
  readonly maxMessageBytes: number;
  /** One more on a connection is answered with an error. */
  readonly maxOperations: number;
  /** With more than this unsent nothing more is read of a client: what it asks for it must take. */
  readonly maxUnsentBytes: number;
  /** A client that takes nothing for so long, while something waits to be sent, is closed. */
  readonly stallLimitMs: number;
  /** A client that says nothing for so long is pinged, and closed after as long again. */
  readonly keepAliveMs: number;
  /** How often the two times before are looked at. */
  readonly checkMs: number;
  /** How many clients a closing server says good-bye to at once: they come back to another one, which must not drown. */
  readonly goodbyeBatch: number;
  /** From one batch to the next. */
  readonly goodbyeEveryMs: number;
  /** From the last good-bye until a socket that does not answer it is cut. */
  readonly goodbyeMs: number;
};

const LIMITS: SocketLimits = {
  maxMessageBytes: 1024 * 1024,
  maxOperations: MAX_SOCKET_OPERATIONS,
  maxUnsentBytes: 1024 * 1024,
  stallLimitMs: 30_000,
  keepAliveMs: 12_000,
  checkMs: 5_000,
  goodbyeBatch: 50,
  goodbyeEveryMs: 20,
  goodbyeMs: 1_000,
};

const GOING_AWAY = 1001;

/** What `execute` and `subscribe` are handed: the operation that was prepared, beside the arguments graphql-ws expects. */
type BoundArgs = ExecutionArgs & {
  readonly operation: PreparedOperation;
  readonly client: Client;
  /** The client's name for it. */
  readonly id: string;
};

/** `/graphql` over WebSocket, subprotocol `graphql-transport-ws`. */
export function createGraphqlSocketDoor(
  pipeline: Pipeline,
  changes: Partial<SocketLimits> = {},
): { upgrade: UpgradeHandler; close(): Promise<void> } {
  const limits = { ...LIMITS, ...changes };
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxMessageBytes,
    // Compression would cost each of thousands of sockets its own window.
    perMessageDeflate: false,
    handleProtocols: (offered) => handleProtocols(offered),
  });
  const protocol = createProtocol(pipeline, limits);
  const clients = new Set<Client>();
  const timer = setInterval(() => {
    for (const client of clients) client.check(performance.now());
  }, limits.checkMs);
  timer.unref();

  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= closeSockets(sockets, limits).finally(() => clearInterval(timer));
    return closed;
  };
  const signals = new WeakSet<AbortSignal>();
  return {
    upgrade: (request, socket, head, { url, closing }) => {
      if (url.pathname !== "/graphql") return false;
      if (!signals.has(closing)) closing.addEventListener("abort", () => void close(), { once: true });
      signals.add(closing);
      sockets.handleUpgrade(request, socket, head, (ws) => {
        const client = new Client({ ws, transport: socket, protocol, limits, log: pipeline.log });
        clients.add(client);
        ws.once("close", () => clients.delete(client));
      });
      return true;
    },
    close,
  };
}

type Protocol = ReturnType<typeof createProtocol>;

/** The messages of `graphql-transport-ws`, whatever carries them. */
function createProtocol(pipeline: Pipeline, { maxOperations }: SocketLimits) {
  return makeServer<Record<string, unknown>, Client>({
    onSubscribe: async ({ subscriptions, extra }, id, payload) => {
      if (Object.keys(subscriptions).length > maxOperations) {
        return [createGraphQLError(`a connection may have ${maxOperations} operations at once, not more`)];
      }
      const operation = await pipeline.prepare(payload, { requestId: randomUUID() });
      if (!("args" in operation)) return operation;
      return { ...operation.args, operation, client: extra, id } satisfies BoundArgs;
    },
    onNext: (_context, _id, _payload, _args, { data, errors, extensions }) =>
      errors === undefined
        ? undefined
        : {
            ...(data === undefined ? {} : { data }),
            errors: errors.map(toPublicError),
            ...(extensions === undefined ? {} : { extensions }),
          },
    onError: (_context, _id, _payload, errors) => errors.map(toPublicError),
    // graphql-ws hands back what onSubscribe made.
    execute: (args) => (args as BoundArgs).operation.execute(),
    subscribe: async (args) => {
      const { operation, client, id } = args as BoundArgs;
      const results = await operation.subscribe();
      return isAsyncIterable(results) ? deliver(results, (text) => client.sendNext(id, text)) : results;
    },
  });
}

/**
 * Sends the results of a subscription as texts that are written once for all clients, where graphql-ws would write each
 * anew. To graphql-ws it is an iteration without values, whose end it tells the client.
 */
function deliver(
  results: AsyncIterableIterator<ExecutionResult>,
  send: (text: string) => Promise<void>,
): AsyncIterableIterator<never> {
  return {
    next: async () => {
      for (;;) {
        const { done, value } = await results.next();
        if (done === true) return { done, value: undefined };
        await send(textOf(value));
      }
    },
    return: async () => {
      await results.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

type ClientParts = {
  readonly ws: WebSocket;
  readonly transport: Duplex;
  readonly protocol: Protocol;
  readonly limits: SocketLimits;
  readonly log: Log;
};

/**
 * One connection. graphql-ws waits for a frame to leave before it asks for the next, so a client that does not read holds
 * one frame and one slot of the hub for each operation. Not `useServer` of graphql-ws: it writes to the console what any
 * client can provoke, tells the client the messages of our errors, and reads on while its answers pile up.
 */
class Client {
  readonly #ws: WebSocket;
  readonly #transport: Duplex;
  readonly #limits: SocketLimits;
  readonly #log: Log;
  /** When a frame left, or nothing waited to leave. */
  #takenMs = performance.now();
  #heardMs = performance.now();

  constructor({ ws, transport, protocol, limits, log }: ClientParts) {
    this.#ws = ws;
    this.#transport = transport;
    this.#limits = limits;
    this.#log = log;
    let receive: (message: string) => Promise<void> = async () => {};
    const closed = protocol.opened(
      {
        protocol: ws.protocol,
        send: (text) => this.#send(text),
        close: (code, reason) => ws.close(code, reason),
        onMessage: (handle) => {
          receive = handle;
        },
      },
      this,
    );
    ws.on("message", (data) => void this.#receive(data, receive));
    ws.on("ping", () => this.#heard());
    ws.on("pong", () => this.#heard());
    // A message that is too long or no WebSocket frame: ws closes with the right code.
    ws.on("error", (err) => log.debug({ err }, "a WebSocket failed"));
    ws.once("close", (code, reason) => void closed(code, String(reason)));
  }

  /** Resolves when the result of a subscription has left, or never will. */
  sendNext(id: string, text: string): Promise<void> {
    return this.#send(`{"id":${JSON.stringify(id)},"type":"next","payload":${text}}`);
  }

  /** Ends what is stalled or silent. */
  check(nowMs: number): void {
    const { stallLimitMs, keepAliveMs } = this.#limits;
    if (this.#ws.bufferedAmount > 0) {
      if (nowMs - this.#takenMs > stallLimitMs) this.#terminate("a WebSocket client took nothing for too long");
      return;
    }
    this.#takenMs = nowMs;
    const silentMs = nowMs - this.#heardMs;
    if (silentMs > 2 * keepAliveMs) this.#terminate("a WebSocket client is silent");
    else if (silentMs > keepAliveMs && this.#ws.readyState === this.#ws.OPEN) this.#ws.ping();
  }

  async #receive(data: RawData, handle: (message: string) => Promise<void>): Promise<void> {
    this.#heard();
    try {
      await handle(String(data));
    } catch (error) {
      this.#log.error({ err: error }, "a WebSocket message met an unexpected error");
      this.#ws.close(CloseCode.InternalServerError, "internal error");
    }
  }

  #heard(): void {
    this.#heardMs = performance.now();
    if (this.#transport.writableLength <= this.#limits.maxUnsentBytes) return;
    this.#ws.pause();
    this.#transport.once("drain", () => this.#ws.resume());
  }

  /** Resolves when the frame has left, or never will. */
  #send(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#ws.readyState !== this.#ws.OPEN) return Promise.resolve();
    this.#ws.send(text, () => {
      this.#takenMs = performance.now();
      resolve();
    });
    return promise;
  }

  #terminate(why: string): void {
    this.#log.info({ unsentBytes: this.#ws.bufferedAmount }, why);
    this.#ws.terminate();
  }
}

async function closeSockets(sockets: WebSocketServer, limits: SocketLimits): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // From now on a handshake is refused.
  sockets.close(() => resolve());
  const clients = [...sockets.clients];
  for (let next = 0; next < clients.length; next += limits.goodbyeBatch) {
    if (next > 0) await sleep(limits.goodbyeEveryMs);
    for (const ws of clients.slice(next, next + limits.goodbyeBatch)) ws.close(GOING_AWAY, "the server is closing");
  }
  const timer = setTimeout(() => {
    for (const ws of sockets.clients) ws.terminate();
  }, limits.goodbyeMs);
  await promise;
  clearTimeout(timer);
}
