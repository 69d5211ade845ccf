import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { OpenApi } from "../rest/openapi/openapi.ts";
import { isRead } from "./read-only.ts";
import type { RequestHandler } from "./server.ts";

type Page = { readonly type: string; readonly read: () => Promise<string | Buffer> };

const HTML = "text/html; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";

/** Nothing from elsewhere. The renderer sets styles on its elements, and has pictures in its style sheet. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const DOCS = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>ampd REST reference</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="reference"></div>
    <noscript>This page needs JavaScript; the document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: false,
  validatorUrl: null,
});
`;

/** The description of the REST surface for programs, at `/openapi.json`, and for people, at `/docs`. */
export function createDocsDoor(document: OpenApi): RequestHandler {
  const json = JSON.stringify(document);
  const pages: ReadonlyMap<string, Page> = new Map([
    ["/openapi.json", { type: "application/json", read: async () => json }],
    ["/docs", { type: HTML, read: async () => DOCS }],
    ["/docs/", { type: HTML, read: async () => DOCS }],
    ["/docs/start.js", { type: SCRIPT, read: async () => START }],
    ["/docs/swagger-ui-bundle.js", rendererFile("swagger-ui-bundle.js", SCRIPT)],
    ["/docs/swagger-ui.css", rendererFile("swagger-ui.css", STYLE)],
    ["/docs/favicon-32x32.png", rendererFile("favicon-32x32.png", "image/png")],
  ]);
  return async (request, response, { url }) => {
    const page = pages.get(url.pathname);
    if (page === undefined) return false;
    if (isRead(request, response)) await sendPage(request, response, page);
    return true;
  };
}

async function sendPage({ method }: IncomingMessage, response: ServerResponse, { type, read }: Page): Promise<void> {
  const bytes = Buffer.from(await read());
  response.writeHead(200, {
    "content-type": type,
    "content-length": bytes.byteLength,
    // Of this version of the server alone.
    "cache-control": "no-cache",
    "content-security-policy": POLICY,
  });
  response.end(method === "HEAD" ? undefined : bytes);
}

/** A file of the renderer's package. */
function rendererFile(name: string, type: string): Page {
  const path = new URL(name, import.meta.resolve("swagger-ui-dist/package.json"));
  return { type, read: () => readFile(path) };
}
