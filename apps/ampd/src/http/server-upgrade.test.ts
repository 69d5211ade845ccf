import { once } from "node:events";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { connectRaw, readAll, startTestServer } from "../../test/http-server.ts";
import { InvalidArgumentError } from "../domain/errors.ts";
import type { UpgradeHandler } from "./server.ts";

const HANDSHAKE = [
  "GET /graphql HTTP/1.1",
  "Host: localhost",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "X-Request-Id: mine",
];

const SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

async function startWith(upgrade: UpgradeHandler, options: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer(options);
  server.setHandlers({ routes: [], upgrades: [upgrade] });
  return server;
}

const accept: UpgradeHandler = async (_request, socket) => {
  socket.write(SWITCHED);
  return true;
};

test("a handshake goes to the handler that takes it", async () => {
  const server = await startWith(async (request, socket, head, { requestId, url }) => {
    socket.write(`${SWITCHED}${requestId} ${url.pathname} ${request.headers.upgrade} ${head}`);
    return true;
  });
  const socket = await connectRaw(server, [...HANDSHAKE, "", "head"]);
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toBe(`${SWITCHED}mine /graphql websocket head\r\n`);
});

test.each([
  ["a foreign origin", "Origin: http://evil.com", 403, "FORBIDDEN"],
  ["no origin", "Origin: null", 403, "FORBIDDEN"],
  ["another site", "Sec-Fetch-Site: cross-site", 403, "FORBIDDEN"],
])("a handshake of a page of %s is refused and its socket closed", async (_source, header, status, code) => {
  let isAsked = false;
  const server = await startWith(async () => {
    isAsked = true;
    return true;
  });
  const text = await readAll(await connectRaw(server, [...HANDSHAKE, header, ""]));
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(text.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error_code: code, request_id: "mine" });
  expect(isAsked).toBe(false);
});

test("a handshake by a foreign name of this address is refused", async () => {
  const server = await startWith(accept);
  const lines = HANDSHAKE.map((line) => line.replace("localhost", "evil.com"));
  expect(await readAll(await connectRaw(server, [...lines, ""]))).toMatch(/^HTTP\/1\.1 403 /);
});

test("an allowed origin may open a socket, across sites too", async () => {
  const server = await startWith(accept, { allowedOrigins: ["https://amp.example.com"] });
  const headers = ["Origin: https://amp.example.com", "Sec-Fetch-Site: cross-site"];
  const socket = await connectRaw(server, [...HANDSHAKE, ...headers, ""]);
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toBe(SWITCHED);
});

test("before the handlers are set a handshake is asked for patience", async () => {
  const server = await startTestServer();
  const text = await readAll(await connectRaw(server, [...HANDSHAKE, ""]));
  expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 1/);
});

test.each<[string, UpgradeHandler, number]>([
  ["that nobody takes is not found", async () => false, 404],
  ["that is refused gets the refusal", () => Promise.reject(new InvalidArgumentError("no such protocol")), 400],
  ["whose handler breaks gets a masked error", () => Promise.reject(new Error("hunter2")), 500],
])("a handshake %s", async (_case, upgrade, status) => {
  const server = await startWith(upgrade);
  const text = await readAll(await connectRaw(server, [...HANDSHAKE, ""]));
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(text).not.toContain("hunter2");
  expect(server.logLines).toHaveLength(status === 500 ? 1 : 0);
});

test("a socket that is reset after its upgrade does not end the process", async () => {
  let upgraded: Duplex | undefined;
  const server = await startWith(async (_request, socket) => {
    upgraded = socket;
    socket.write(SWITCHED);
    return true;
  });
  const client = await connectRaw(server, [...HANDSHAKE, ""]);
  await once(client, "data");
  client.resetAndDestroy();
  await expect.poll(() => upgraded?.destroyed).toBe(true);
});

test("closing tells the handlers of upgraded sockets, and waits while they say good-bye", async () => {
  const server = await startWith(
    async (_request, socket, _head, { closing }) => {
      socket.write(SWITCHED);
      closing.addEventListener("abort", () => socket.end("bye"));
      return true;
    },
    { closeGraceMs: 60_000 },
  );
  const socket = await connectRaw(server, [...HANDSHAKE, ""]);
  await once(socket, "data");
  const [text] = await Promise.all([readAll(socket), server.close()]);
  expect(text).toBe("bye");
});

test("an upgraded socket that stays is destroyed after the grace", async () => {
  const server = await startWith(accept, { closeGraceMs: 50 });
  const socket = await connectRaw(server, [...HANDSHAKE, ""]);
  await once(socket, "data");
  await Promise.all([server.close(), once(socket.resume(), "close")]);
});
