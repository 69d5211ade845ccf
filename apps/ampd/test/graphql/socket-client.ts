import { once } from "node:events";
import { onTestFinished } from "vitest";
import WebSocket, { type ClientOptions } from "ws";
import type { GraphqlServer, Json } from "./start-graphql.ts";

export type Message = { readonly type: string; readonly id?: string; readonly payload?: Json };

/** A client of `graphql-transport-ws` that shows each message as it comes. */
export class SocketClient {
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #messages: Message[] = [];
  readonly #readers: ((message: Message) => void)[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
    // A close follows, which is what a test waits for.
    socket.on("error", () => {});
    socket.on("message", (data) => {
      const message: Message = JSON.parse(String(data));
      const reader = this.#readers.shift();
      if (reader === undefined) this.#messages.push(message);
      else reader(message);
    });
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: object = {}): void {
    this.send({ id, type: "subscribe", payload: { query, variables } });
  }

  /** The next message, in the order of their coming. */
  next(): Promise<Message> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** The data of the next message, which must be a result without errors. */
  async data(): Promise<Json> {
    const { type, payload } = await this.next();
    if (type !== "next" || payload?.data === undefined) throw new Error(`${type}: ${JSON.stringify(payload)}`);
    return payload.data;
  }
}

export type ConnectOptions = ClientOptions & { readonly protocols?: string[] };

/** Opens a socket and shakes hands. */
export async function connectSocket(
  { port }: Pick<GraphqlServer, "port">,
  { protocols = ["graphql-transport-ws"], ...options }: ConnectOptions = {},
): Promise<SocketClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, protocols, options);
  const client = new SocketClient(socket);
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  return client;
}

/** A socket that may send operations. */
export async function connect(
  graphql: Pick<GraphqlServer, "port">,
  options: ConnectOptions = {},
): Promise<SocketClient> {
  const client = await connectSocket(graphql, options);
  client.send({ type: "connection_init" });
  const { type } = await client.next();
  if (type !== "connection_ack") throw new Error(`the server answered the greeting with ${type}`);
  return client;
}
