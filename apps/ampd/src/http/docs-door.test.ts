import { expect, test } from "vitest";
import { ask, startTestServer } from "../../test/http-server.ts";
import { toOpenApi } from "../rest/openapi/openapi.ts";
import { createDocsDoor } from "./docs-door.ts";

async function serveDocs() {
  const server = await startTestServer();
  server.setHandlers({ routes: [createDocsDoor(toOpenApi("1.2.3"))], upgrades: [] });
  return server;
}

test("the document is served as JSON", async () => {
  const server = await serveDocs();
  const { status, headers, text } = await ask(server, "/openapi.json");
  expect({ status, type: headers["content-type"] }).toEqual({ status: 200, type: "application/json" });
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(toOpenApi("1.2.3"))));
});

test("the page and all that it loads come from this server", async () => {
  const server = await serveDocs();
  const page = await ask(server, "/docs");
  expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
  const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = ""]) => link);
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) {
    expect(link).toMatch(/^\//);
    expect(await ask(server, link), link).toMatchObject({ status: 200 });
  }
});

test.each(["/docs/package.json", "/docs/../package.json", "/docs/%2e%2e/index.html", "/doc", "/openapi.yaml"])(
  "%s is left to others",
  async (path) => {
    expect(await ask(await serveDocs(), path)).toMatchObject({ status: 404 });
  },
);

test("HEAD has the length and no body; OPTIONS and others say what is allowed", async () => {
  const server = await serveDocs();
  const got = await ask(server, "/docs");
  const head = await ask(server, "/docs", { method: "HEAD" });
  expect(head).toMatchObject({ status: 200, text: "", headers: { "content-length": got.headers["content-length"] } });
  const allow = "GET, HEAD, OPTIONS";
  expect(await ask(server, "/docs", { method: "OPTIONS" })).toMatchObject({ status: 204, headers: { allow } });
  expect(await ask(server, "/openapi.json", { method: "DELETE" })).toMatchObject({ status: 405, headers: { allow } });
});
