import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { RecordedBlock } from "./recorded-chain.ts";

/** One JSON-RPC call as it came in. */
export type ReplayCall = { readonly id: number; readonly method: string; readonly params: readonly unknown[] };

/** What a script makes of an HTTP request before the recorded blocks answer it: true when it has answered itself. */
export type ReplayScript = (
  calls: readonly ReplayCall[],
  response: ServerResponse,
  request: IncomingMessage,
) => boolean;

/** What a script makes of one call: undefined leaves it to the recorded blocks. */
type ReplayAnswer = (
  call: ReplayCall,
) => { result: unknown } | { error: { code: number; message: string } } | undefined;

export type ReplaySettings = {
  readonly blocks: readonly RecordedBlock[];
  readonly script?: ReplayScript;
  readonly answer?: ReplayAnswer;
  /** Calls over a WebSocket that get no answer. */
  readonly isSilent?: (call: ReplayCall) => boolean;
};

/** A JSON-RPC endpoint that serves recorded blocks over HTTP and WebSocket, and misbehaves as its script says. */
export class ReplayServer implements AsyncDisposable {
  /** Every call, in order of arrival. */
  readonly calls: ReplayCall[] = [];
  /** Sizes of the HTTP requests, in calls. */
  readonly batches: number[] = [];
  readonly #settings: ReplaySettings;
  readonly #server = createServer((request, response) => void this.#onRequest(request, response));
  readonly #sockets = new WebSocketServer({ server: this.#server });
  readonly #open = new Set<ServerResponse>();

  constructor(settings: ReplaySettings) {
    this.#settings = settings;
    this.#sockets.on("connection", (socket) => this.#onSocket(socket));
  }

  async listen(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get socketUrl(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** HTTP requests that the client waits for. */
  get openRequests(): number {
    return this.#open.size;
  }

  /** How often a method was called. */
  count(method: string): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  /** Cuts every WebSocket. */
  cutSockets(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  /** Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    this.cutSockets();
    this.#sockets.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  get #port(): number {
    // A listening TCP server has an address of this form.
    return (this.#server.address() as AddressInfo).port;
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open.add(response);
    response.once("close", () => this.#open.delete(response));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: ReplayCall | ReplayCall[] = JSON.parse(Buffer.concat(chunks).toString());
    const calls = Array.isArray(body) ? body : [body];
    this.calls.push(...calls);
    this.batches.push(calls.length);
    if (this.#settings.script?.(calls, response, request)) return;
    const answers = calls.map((call) => this.respond(call));
    sendJson(response, Array.isArray(body) ? answers : answers[0]);
  }

  #onSocket(socket: WebSocket): void {
    socket.on("message", (data) => {
      const call: ReplayCall = JSON.parse(String(data));
      this.calls.push(call);
      if (this.#settings.isSilent?.(call)) return;
      socket.send(JSON.stringify(this.respond(call)));
    });
  }

  /** The whole JSON-RPC message that answers a call. */
  respond(call: ReplayCall): object {
    return { jsonrpc: "2.0", id: call.id, ...(this.#settings.answer?.(call) ?? { result: this.#recorded(call) }) };
  }

  #recorded({ method, params }: ReplayCall): unknown {
    switch (method) {
      case "eth_chainId":
        return "0x1";
      case "eth_getBlockByNumber":
        return this.#find(params[0], params[1] === true);
      case "eth_getBlockReceipts":
        return this.#settings.blocks.find(isNamed(params[0]))?.receipts ?? null;
      case "eth_getTransactionReceipt":
        return this.#receipts().find((receipt) => receipt.transactionHash === params[0]) ?? null;
      default:
        return null;
    }
  }

  #find(name: unknown, isFull: boolean): unknown {
    const { blocks } = this.#settings;
    const found = name === "latest" || name === "finalized" ? blocks.at(-1) : blocks.find(isNamed(name));
    if (found === undefined) return null;
    return isFull ? found.block : { ...found.block, transactions: found.block.transactions.map(({ hash }) => hash) };
  }

  #receipts() {
    return this.#settings.blocks.flatMap(({ receipts }) => receipts);
  }
}

/** Starts a server; `await using` ends it. */
export function startReplayServer(settings: ReplaySettings): Promise<ReplayServer> {
  return new ReplayServer(settings).listen();
}

export function sendJson(response: ServerResponse, body: unknown): void {
  response.setHeader("content-type", "application/json").end(JSON.stringify(body));
}

function isNamed(name: unknown): (recorded: RecordedBlock) => boolean {
  return ({ block }) => block.number === name || block.hash === name;
}
