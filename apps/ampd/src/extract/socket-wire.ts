import { WebSocket } from "ws";
import { reasonOf } from "./reason-of.ts";
import { MAX_ANSWER_BYTES, parseAnswer, type RpcAnswer, type RpcCall, type RpcWire, WireFault } from "./rpc-wire.ts";

type SocketSettings = { readonly url: string; readonly headers: Record<string, string>; readonly timeoutMs: number };

type Pending = { readonly resolve: (answer: RpcAnswer) => void; readonly reject: (reason: unknown) => void };

/**
 * JSON-RPC over one WebSocket, opened by the first call and again after it was lost. Calls are not batched: a socket
 * carries them side by side. Not viem's `webSocket()`: it sends no headers (which hold the credentials), shares one socket
 * by URL in the whole process, cannot give a call up, and prints errors with the URL to the console.
 */
export function openSocketWire(settings: SocketSettings): RpcWire {
  return new SocketWire(settings);
}

class SocketWire implements RpcWire {
  readonly #settings: SocketSettings;
  readonly #pending = new Map<number, Pending>();
  /** What waits for the socket to open. */
  readonly #unsent: string[] = [];
  #socket: WebSocket | undefined;
  #nextId = 0;

  constructor(settings: SocketSettings) {
    this.#settings = settings;
  }

  send(calls: readonly RpcCall[], signal: AbortSignal): Promise<readonly RpcAnswer[]> {
    return Promise.all(calls.map((call) => this.#ask(call, signal)));
  }

  close(): void {
    this.#lose(this.#socket, new WireFault("was closed", { isRetryable: false }));
  }

  async #ask({ method, params }: RpcCall, signal: AbortSignal): Promise<RpcAnswer> {
    signal.throwIfAborted();
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<RpcAnswer>();
    const { timeoutMs } = this.#settings;
    const timer = setTimeout(
      () => reject(new WireFault(`did not answer within ${timeoutMs} ms`, { isRetryable: true, isSilence: true })),
      timeoutMs,
    );
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#pending.set(id, { resolve, reject });
    try {
      this.#write(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      this.#pending.delete(id);
    }
  }

  #write(message: string): void {
    this.#socket ??= this.#open();
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(message);
    else this.#unsent.push(message);
  }

  #open(): WebSocket {
    const { url, headers, timeoutMs } = this.#settings;
    const socket = new WebSocket(url, { headers, handshakeTimeout: timeoutMs, maxPayload: MAX_ANSWER_BYTES });
    let wasOpen = false;
    socket.on("open", () => {
      wasOpen = true;
      for (const message of this.#unsent.splice(0)) socket.send(message);
    });
    socket.on("message", (data) => this.#onMessage(socket, String(data)));
    socket.on("close", (code) => this.#lose(socket, lost(`code ${code}`)));
    socket.on("error", (error) => {
      this.#lose(socket, wasOpen ? lost(reasonOf(error)) : unreachable(reasonOf(error)));
    });
    return socket;
  }

  #onMessage(socket: WebSocket, text: string): void {
    try {
      const message: unknown = JSON.parse(text);
      const id = typeof message === "object" && message !== null && "id" in message ? message.id : undefined;
      if (typeof id === "number") this.#pending.get(id)?.resolve(parseAnswer(message));
    } catch {
      // Nobody knows whose answer this was.
      this.#lose(socket, new WireFault("answered something that is not JSON-RPC", { isRetryable: true }));
    }
  }

  #lose(socket: WebSocket | undefined, fault: WireFault): void {
    // An old socket's late events must not end the calls of the new one.
    if (socket === undefined || socket !== this.#socket) return;
    this.#socket = undefined;
    this.#unsent.length = 0;
    for (const { reject } of this.#pending.values()) reject(fault);
    socket.terminate();
  }
}

function lost(reason: string): WireFault {
  return new WireFault(`lost the connection: ${reason}`, { isRetryable: true, isSilence: true });
}

function unreachable(reason: string): WireFault {
  return new WireFault(`could not be reached: ${reason}`, { isRetryable: true, isSilence: true });
}
