import { once } from "node:events";
import { type OutgoingHttpHeaders, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { type HttpServer, type HttpServerOptions, startHttpServer } from "../src/http/server.ts";
import { createLog } from "../src/telemetry/log.ts";

export type TestServer = HttpServer & { readonly logLines: string[] };

/** A server on a free port of 127.0.0.1 that is closed with the test. */
export async function startTestServer(options: Partial<HttpServerOptions> = {}): Promise<TestServer> {
  const logLines: string[] = [];
  const server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    log: createLog({ level: "info", destination: { write: (line) => logLines.push(line) } }),
    allowedOrigins: [],
    insecure: false,
    readiness: () => ({ ready: true, reasons: [] }),
    closeGraceMs: 200,
    ...options,
  });
  onTestFinished(() => server.close());
  return Object.assign(server, { logLines });
}

type Answer = {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // JSON of an answer: a test names what it expects of it.
  json(): Record<string, unknown>;
};

export type Asked = {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
};

/** One request with any headers, also Host and Origin, which `fetch` would set itself. */
export async function ask(server: HttpServer, path: string, { method = "GET", headers = {}, body }: Asked = {}) {
  const outgoing = request({ host: "127.0.0.1", port: server.port, path, method, headers, agent: false });
  outgoing.end(body);
  const [incoming] = await once(outgoing, "response");
  const content = await text(incoming);
  const answer: Answer = {
    status: incoming.statusCode,
    headers: incoming.headers,
    text: content,
    json: () => JSON.parse(content),
  };
  return answer;
}

/** A bare connection that has sent `lines`. */
export async function connectRaw(server: HttpServer, lines: readonly string[] = []): Promise<Socket> {
  const socket = connect(server.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  if (lines.length > 0) socket.write(lines.map((line) => `${line}\r\n`).join(""));
  return socket;
}

/** Everything that comes on a connection until it ends. */
export async function readAll(socket: Socket): Promise<string> {
  return text(socket).catch(() => "");
}
