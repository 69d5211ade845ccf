import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { ask, connectRaw, readAll, startTestServer, type TestServer } from "../../test/http-server.ts";

const GET = ["GET / HTTP/1.1", "Host: localhost", ""];
/** Long enough that a test that waits for it fails by its own time limit. */
const FOREVER_MS = 60_000;

type Held = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly closing: AbortSignal };

/** A request that its handler has taken and not answered. */
async function holdRequest(server: TestServer): Promise<{ held: Held; socket: Socket }> {
  const { promise, resolve } = Promise.withResolvers<Held>();
  server.setHandlers({
    upgrades: [],
    routes: [
      async (request, response, { closing }) => {
        resolve({ request, response, closing });
        return true;
      },
    ],
  });
  const socket = await connectRaw(server, GET);
  return { held: await promise, socket };
}

test("closing ends idle connections at once, whether they have asked something or not", async () => {
  const server = await startTestServer({ closeGraceMs: FOREVER_MS });
  const fresh = await connectRaw(server);
  const used = await connectRaw(server, ["GET /healthz HTTP/1.1", "Host: localhost", ""]);
  await once(used, "data");
  // The server has seen the fresh one too: it was connected before.
  await Promise.all([server.close(), once(fresh.resume(), "close"), once(used.resume(), "close")]);
});

test("closing waits for a running request, tells it, and ends its connection after the answer", async () => {
  const server = await startTestServer({ closeGraceMs: FOREVER_MS });
  const { held, socket } = await holdRequest(server);
  const closed = server.close();
  expect(held.closing.aborted).toBe(true);
  await expect(ask(server, "/healthz")).rejects.toThrow("ECONNREFUSED");
  held.response.end("done");
  const text = await readAll(socket);
  expect(text).toMatch(/^HTTP\/1\.1 200 [\s\S]+done/);
  expect(text.toLowerCase()).toContain("connection: close");
  await closed;
});

test("an answer that began before the closing ends its connection too, although it promised to keep it", async () => {
  const server = await startTestServer({ closeGraceMs: FOREVER_MS });
  const { held, socket } = await holdRequest(server);
  held.response.write("first");
  await once(socket, "data");
  const closed = server.close();
  held.response.end("last");
  expect(await readAll(socket)).toContain("last");
  await closed;
});

test("a request that does not end is cut after the grace", async () => {
  const server = await startTestServer({ closeGraceMs: 50 });
  const { socket } = await holdRequest(server);
  await Promise.all([server.close(), once(socket.resume(), "close")]);
});

test("closing twice waits for the same end", async () => {
  const server = await startTestServer();
  await Promise.all([server.close(), server.close()]);
  await server.close();
});
