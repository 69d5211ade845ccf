import { once } from "node:events";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { ask, connectRaw, readAll, startTestServer, type TestServer } from "../../test/http-server.ts";
import { readBody, requireJsonBody } from "./body.ts";
import { HttpError } from "./http-error.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** A server that answers with the size of the body. Reading ends with `signal`, not with the client. */
async function startCounter(maxBytes: number, signal = new AbortController().signal) {
  const failures: unknown[] = [];
  const server = await startTestServer();
  server.setHandlers({
    upgrades: [],
    routes: [
      async (request, response) => {
        const body = await readBody(request, { maxBytes, signal }).catch((error: unknown) => {
          failures.push(error);
          throw error;
        });
        response.end(String(body.byteLength));
        return true;
      },
    ],
  });
  return { server, failures };
}

test.each([
  "application/json",
  "application/json; charset=utf-8",
  'Application/JSON;charset="UTF-8"',
  "application/graphql-response+json",
])("a body of type %s is taken", (type) => {
  expect(() => requireJsonBody("POST", { "content-length": "2", "content-type": type })).not.toThrow();
});

test.each([
  undefined,
  "",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "text/plain; application/json",
  "application/json, text/plain",
  "application/jsonp",
  "application/json; charset=utf-16",
])("a body of type %s is refused, whole or in chunks", (type) => {
  const headers = type === undefined ? {} : { "content-type": type };
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    expect(() => requireJsonBody(method, { "content-length": "2", ...headers })).toThrow(HttpError);
    expect(() => requireJsonBody(method, { "transfer-encoding": "chunked", ...headers })).toThrow(HttpError);
  }
});

test("without a body no type is asked for", () => {
  expect(() => requireJsonBody("PUT", {})).not.toThrow();
  expect(() => requireJsonBody("POST", { "content-length": "0", "content-type": "text/plain" })).not.toThrow();
});

test("a body up to the limit is read whole", async () => {
  const { server } = await startCounter(10);
  expect((await ask(server, "/", { method: "POST", headers: JSON_TYPE, body: "x".repeat(10) })).text).toBe("10");
  expect((await ask(server, "/", { method: "POST" })).text).toBe("0");
});

test("a body that declares too much is refused before it comes", async () => {
  const { server } = await startCounter(10);
  const socket = await connectRaw(server, [
    "POST / HTTP/1.1",
    "Host: localhost",
    "Content-Type: application/json",
    "Content-Length: 11",
    "",
  ]);
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toMatch(/^HTTP\/1\.1 413 [\s\S]+"error_code":"PAYLOAD_TOO_LARGE"/);
});

test("a body in chunks is counted, and the connection serves the next request", async () => {
  const { server } = await startCounter(10);
  const head = ["POST / HTTP/1.1", "Host: localhost", "Content-Type: application/json"];
  const socket = await connectRaw(server, [
    ...head,
    "Transfer-Encoding: chunked",
    "",
    "8",
    "12345678",
    "8",
    "12345678",
    "0",
    "",
    ...head,
    "Content-Length: 1",
    "Connection: close",
    "",
    "x",
  ]);
  const answers = await readAll(socket);
  expect(answers).toMatch(/^HTTP\/1\.1 413 [\s\S]+HTTP\/1\.1 200 /);
});

test.each(["gzip", "br", "identity, gzip"])("a body with content-encoding %s is refused", async (encoding) => {
  const { server } = await startCounter(10);
  const headers = { ...JSON_TYPE, "content-encoding": encoding };
  const answer = await ask(server, "/", { method: "POST", headers, body: "x" });
  expect(answer.status).toBe(415);
  expect(answer.json().error_code).toBe("UNSUPPORTED_MEDIA_TYPE");
});

/** A connection that has sent a part of a body, which the server is reading. */
async function sendHalf(server: TestServer): Promise<Socket> {
  const head = ["POST / HTTP/1.1", "Host: localhost", "Content-Type: application/json", "Content-Length: 9"];
  const socket = await connectRaw(server, [...head, "", "abc"]);
  // A later request is answered after the earlier one has been begun.
  expect((await ask(server, "/healthz")).status).toBe(200);
  return socket;
}

test("a client that goes in the middle of its body ends the reading, and is no fault", async () => {
  const { server, failures } = await startCounter(10);
  const socket = await sendHalf(server);
  socket.destroy();
  await expect.poll(() => failures.length).toBe(1);
  expect(server.logLines).toEqual([]);
});

test("the caller's signal ends the reading with its reason", async () => {
  const controller = new AbortController();
  const { server, failures } = await startCounter(10, controller.signal);
  await sendHalf(server);
  controller.abort(new Error("late"));
  await expect.poll(() => failures).toEqual([new Error("late")]);
  await ask(server, "/", { method: "POST", headers: JSON_TYPE, body: "x" });
  expect(failures).toEqual([new Error("late"), new Error("late")]);
});
