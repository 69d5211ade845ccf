import { once } from "node:events";
import { expect, test } from "vitest";
import { ask, connectRaw, readAll, startTestServer } from "../../test/http-server.ts";
import { AddressInUseError, InvalidConfigError, JobNotFoundError } from "../domain/errors.ts";
import type { RequestHandler } from "./server.ts";

const ORIGIN = "https://amp.example.com";

async function startWith(route: RequestHandler, options: Parameters<typeof startTestServer>[0] = {}) {
  const server = await startTestServer(options);
  server.setHandlers({ routes: [route], upgrades: [] });
  return server;
}

const hello: RequestHandler = async (_request, response) => {
  response.end("hello");
  return true;
};

test("health answers while the rest is starting, and everything else asks for patience", async () => {
  const server = await startTestServer();
  expect((await ask(server, "/health/live")).status).toBe(200);
  expect((await ask(server, "/healthz")).status).toBe(200);
  const ready = await ask(server, "/health/ready");
  expect(ready.status).toBe(503);
  expect(ready.json()).toEqual({ ready: false, reasons: ["the server is starting"] });
  const jobs = await ask(server, "/jobs");
  expect(jobs.status).toBe(503);
  expect(jobs.headers["retry-after"]).toBe("1");
  expect(jobs.json()).toEqual({
    error_code: "UNAVAILABLE",
    error_message: "the server is starting",
    request_id: jobs.headers["x-request-id"],
  });
});

test("an EventSource that comes while the rest is starting is told to come back: it would from no other status", async () => {
  const server = await startTestServer();
  const answer = await ask(server, "/events", { headers: { accept: "text/event-stream" } });
  expect(answer).toMatchObject({ status: 200, headers: { "content-type": "text/event-stream; charset=utf-8" } });
  expect(answer.text).toMatch(/^retry: \d+\n\nevent: failed\ndata: \{"error_code":"UNAVAILABLE",/);
  expect(answer.text).not.toContain("complete");
});

test("readiness is what it is told to be, with its reasons", async () => {
  const readiness = { ready: false, reasons: ["the database is gone"] };
  const server = await startWith(hello, { readiness: () => readiness });
  expect((await ask(server, "/health/ready")).json()).toEqual(readiness);
  Object.assign(readiness, { ready: true, reasons: [] });
  const answer = await ask(server, "/health/ready");
  expect(answer.status).toBe(200);
  expect(answer.json()).toEqual({ ready: true, reasons: [] });
});

test("health takes HEAD without a body, and no other method", async () => {
  const server = await startTestServer();
  expect(await ask(server, "/health/live", { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
  const post = await ask(server, "/health/live", { method: "POST" });
  expect(post.status).toBe(405);
  expect(post.headers.allow).toBe("GET, HEAD, OPTIONS");
});

test("a path that no handler takes is not found", async () => {
  const server = await startWith(async () => false);
  const answer = await ask(server, "/nowhere?token=x", { headers: { "x-request-id": "mine" } });
  expect(answer.status).toBe(404);
  expect(answer.json()).toEqual({
    error_code: "NOT_FOUND",
    error_message: "nothing is at /nowhere for GET",
    request_id: "mine",
  });
});

test("handlers are asked in their order, until one takes the request", async () => {
  const server = await startTestServer();
  const asked: string[] = [];
  const handler =
    (name: string, takes: boolean): RequestHandler =>
    async (_request, response) => {
      asked.push(name);
      if (takes) response.end(name);
      return takes;
    };
  server.setHandlers({ routes: [handler("a", false), handler("b", true), handler("c", true)], upgrades: [] });
  expect((await ask(server, "/")).text).toBe("b");
  expect(asked).toEqual(["a", "b"]);
});

test("a handler gets the URL and the request id, which also goes back", async () => {
  const server = await startWith(async (_request, response, { requestId, url }) => {
    response.end(`${requestId} ${url.pathname} ${url.searchParams.get("a")}`);
    return true;
  });
  const mine = await ask(server, "//evil.com/x?a=1", { headers: { "x-request-id": "mine-1" } });
  expect(mine.text).toBe("mine-1 //evil.com/x 1");
  expect(mine.headers["x-request-id"]).toBe("mine-1");
  const fresh = await ask(server, "/", { headers: { "x-request-id": "not sane" } });
  expect(fresh.headers["x-request-id"]).toMatch(/^[\da-f-]{36}$/);
});

test("every answer carries the headers that keep a browser safe, and none that names the program", async () => {
  const server = await startWith(hello);
  for (const path of ["/", "/health/live"]) {
    const { headers } = await ask(server, path);
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "same-origin" });
    expect(headers).not.toHaveProperty("x-powered-by");
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  }
});

test("a refusal is answered in its own words, and leaves nothing in the log", async () => {
  const server = await startWith(async (_request, response) => {
    response.setHeader("content-encoding", "gzip").setHeader("etag", '"1"');
    throw new JobNotFoundError(999999n);
  });
  const answer = await ask(server, "/");
  expect(answer.status).toBe(404);
  expect(answer.json()).toMatchObject({ error_code: "JOB_NOT_FOUND", error_message: "job '999999' not found" });
  expect(answer.headers).not.toHaveProperty("content-encoding");
  expect(answer.headers).not.toHaveProperty("etag");
  expect(server.logLines).toEqual([]);
});

test("any other error is masked, and found in the log by its request id", async () => {
  const server = await startWith(async () => {
    throw new Error("hunter2 broke");
  });
  const answer = await ask(server, "/secret/path?token=hunter3");
  expect(answer.status).toBe(500);
  const { request_id: requestId } = answer.json();
  expect(answer.json()).toEqual({
    error_code: "INTERNAL",
    error_message: `internal error; request id ${requestId}`,
    request_id: requestId,
  });
  expect(server.logLines).toHaveLength(1);
  expect(JSON.parse(server.logLines[0] ?? "")).toMatchObject({ level: "error", requestId, path: "/secret/path" });
  expect(server.logLines[0]).toContain("hunter2 broke");
  expect(server.logLines[0]).not.toContain("hunter3");
});

test("an answer that breaks in its middle does not look whole", async () => {
  const server = await startWith(async (_request, response) => {
    response.write("half");
    throw new Error("broke");
  });
  await expect(ask(server, "/")).rejects.toThrow("aborted");
  expect(server.logLines).toHaveLength(1);
});

test("a handler hears when its client goes", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = await startWith(async (_request, response, { signal }) => {
    response.write("first");
    signal.addEventListener("abort", () => resolve());
    return true;
  });
  const socket = await connectRaw(server, ["GET / HTTP/1.1", "Host: localhost", ""]);
  await once(socket, "data");
  socket.destroy();
  await promise;
});

test("a handler does not hear of its client when the answer is complete", async () => {
  let isAborted: boolean | undefined;
  const server = await startWith(async (_request, response, { signal }) => {
    response.once("close", () => {
      isAborted = signal.aborted;
    });
    response.end("hello");
    return true;
  });
  await ask(server, "/");
  await expect.poll(() => isAborted).toBe(false);
});

test.each([
  ["a foreign name of this address", { host: "evil.com" }],
  ["a page of another origin", { origin: "http://evil.com" }],
  ["a page without an origin", { origin: "null" }],
  ["another port of this machine", { host: "localhost:1610", origin: "http://localhost:3000" }],
  ["a page of another site", { "sec-fetch-site": "cross-site" }],
])("%s is refused before any handler, also at health", async (_source, headers) => {
  const server = await startWith(hello, { allowedOrigins: [ORIGIN] });
  for (const path of ["/", "/health/live"]) {
    const answer = await ask(server, path, { headers });
    expect(answer.status).toBe(403);
    expect(answer.json().error_code).toBe("FORBIDDEN");
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
  }
});

test("a page of this server's own is served", async () => {
  const server = await startWith(hello);
  const headers = { host: `localhost:${server.port}`, origin: `http://localhost:${server.port}` };
  expect((await ask(server, "/", { headers })).text).toBe("hello");
});

test("an allowed origin may read answers, refusals too, and its preflight is answered without a handler", async () => {
  const server = await startWith(
    async () => {
      throw new JobNotFoundError(1n);
    },
    { allowedOrigins: [ORIGIN] },
  );
  const headers = { origin: ORIGIN, "sec-fetch-site": "cross-site" };
  const refused = await ask(server, "/", { headers });
  expect(refused.status).toBe(404);
  expect(refused.headers).toMatchObject({ "access-control-allow-origin": ORIGIN, vary: "Origin" });
  const preflight = await ask(server, "/", {
    method: "OPTIONS",
    headers: { ...headers, "access-control-request-method": "PUT", "access-control-request-headers": "if-match" },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers["access-control-allow-origin"]).toBe(ORIGIN);
  expect(preflight.headers["access-control-allow-methods"]).toContain("PUT");
  expect(preflight.headers["access-control-allow-headers"]).toContain("if-match");
  expect(preflight.headers).not.toHaveProperty("access-control-allow-credentials");
});

test("the preflight of another origin is refused", async () => {
  const server = await startWith(hello, { allowedOrigins: [ORIGIN] });
  const headers = { origin: "http://evil.com", "access-control-request-method": "PUT" };
  const answer = await ask(server, "/", { method: "OPTIONS", headers });
  expect(answer.status).toBe(403);
  expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
});

test("a body that is not JSON reaches no handler", async () => {
  const server = await startWith(hello);
  const headers = { "content-type": "text/plain" };
  const answer = await ask(server, "/", { method: "POST", headers, body: "{}" });
  expect(answer.status).toBe(415);
  expect(answer.json().error_code).toBe("UNSUPPORTED_MEDIA_TYPE");
  expect((await ask(server, "/", { method: "PUT" })).text).toBe("hello");
});

test.each([
  ["an absolute target", "GET http://evil.com/x HTTP/1.1", "400"],
  ["a target that is no path", "OPTIONS * HTTP/1.1", "400"],
  ["no HTTP at all", "hello", "400"],
  ["a header that never ends", `GET /${"x".repeat(20_000)} HTTP/1.1`, "431"],
])("%s is answered with JSON and a request id", async (_fault, line, status) => {
  const server = await startWith(hello);
  const socket = await connectRaw(server, [line, "Host: localhost", "Connection: close", ""]);
  const text = await readAll(socket);
  expect(text.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
  const body = JSON.parse(text.split("\r\n\r\n")[1] ?? "");
  expect(Object.keys(body)).toEqual(["error_code", "error_message", "request_id"]);
  expect(text).toContain(`x-request-id: ${body.request_id}`);
});

test("a request without Host is refused", async () => {
  const server = await startWith(hello);
  const socket = await connectRaw(server, ["GET / HTTP/1.1", "Connection: close", ""]);
  expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 403 /);
});

test("a port that is taken is refused with the flag that chooses another", async () => {
  const server = await startTestServer();
  const failure = startTestServer({ port: server.port });
  await expect(failure).rejects.toThrow(new AddressInUseError("127.0.0.1", server.port));
});

test.each([
  ["203.0.113.7", /^host 203\.0\.113\.7 is no address of this machine: .*--host$/],
  ["no-such-host.invalid", /^host no-such-host\.invalid has no address: .*--host$/],
])("the host %s is refused with a sentence", async (host, sentence) => {
  const start = startTestServer({ host });
  await expect(start).rejects.toThrow(InvalidConfigError);
  await expect(start).rejects.toThrow(sentence);
});

test("the URL is one that a client of this machine can use", async () => {
  const server = await startTestServer({ host: "0.0.0.0", insecure: true });
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
});

test("IPv6 is served, with brackets in the URL", async () => {
  const server = await startTestServer({ host: "::1" });
  expect(server.url).toBe(`http://[::1]:${server.port}`);
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
});

test("a client that offers HTTP/2 gets an ordinary answer", async () => {
  const server = await startWith(hello);
  const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQAAP__" };
  expect((await ask(server, "/", { headers })).text).toBe("hello");
});
