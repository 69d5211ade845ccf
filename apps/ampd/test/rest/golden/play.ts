import type { OutgoingHttpHeaders } from "node:http";
import type { Client, Reply } from "../rest-server.ts";
import { compare, parseJson, parseTemplate } from "./compare.ts";
import { type Bindings, fill, matches } from "./pattern.ts";
import type { Exchange, HeaderLine, RequestLine } from "./transcript.ts";

/** An empty list sends nothing, where the client would send a header of its own. */
const NOTHING_OF_ITS_OWN: Readonly<Record<string, string[]>> = { "x-request-id": [], "content-type": [] };
/** What transcripts have for a secret: no answer may hold it. */
const SECRET = "hunter2";
const JSON_TYPE = "application/json";
const STREAM = "text/event-stream";
const BYTES = /^<bytes((?: [0-9a-f]{2})+)>$/;

/**
 * Sends a transcript's requests, each with its headers and no other, and holds the answers against its text.
 * @returns every difference, each with the line that it is about
 */
export async function play(exchange: Exchange, rest: Client, bindings: Bindings): Promise<string[]> {
  const differences: string[] = [];
  for (const request of exchange.requests) {
    for (const body of exchange.bodies) {
      const found = await playOne({ exchange, request, body }, rest, bindings).catch((error: Error) => [error.message]);
      if (found.length === 0) continue;
      const line = `${request.line}: ${request.method} ${request.target} ${body.slice(0, 200)}`;
      differences.push(`${line.trim()} (${exchange.title})`, ...found);
    }
  }
  return differences;
}

type Sent = { readonly exchange: Exchange; readonly request: RequestLine; readonly body: string };

async function playOne({ exchange, request, body }: Sent, rest: Client, bindings: Bindings): Promise<string[]> {
  const headers = { ...NOTHING_OF_ITS_OWN, ...readHeaders(exchange.headers, bindings) };
  const bytes = readBody(body, bindings);
  const reply = await rest(`${request.method} ${fill(request.target, bindings)}`, {
    // A client of Node would not say how long the body of a DELETE is.
    ...(body === "" ? { headers } : { headers: { "content-length": bytes.byteLength, ...headers }, body: bytes }),
    ...(isStreamed(exchange.answer.headers) ? { messages: exchange.answer.body.split("\n\n").length } : {}),
  });
  const differences = [
    ...compareStatus(exchange, reply),
    ...compareHeaders(exchange, reply, bindings),
    ...compareBody(exchange, reply, bindings),
    ...compareCommon(exchange, reply),
  ];
  return differences.length === 0 ? [] : [...differences, tell(reply)];
}

function readHeaders(headers: readonly HeaderLine[], bindings: Bindings): OutgoingHttpHeaders {
  return Object.fromEntries(headers.map(({ name, value = "" }) => [name, fill(value, bindings)]));
}

function isStreamed(headers: readonly HeaderLine[]): boolean {
  return headers.some(({ name, value }) => name === "content-type" && value?.startsWith(STREAM));
}

function readBody(body: string, bindings: Bindings): Uint8Array {
  const bytes = BYTES.exec(body)?.[1];
  return bytes === undefined ? Buffer.from(fill(body, bindings)) : Buffer.from(bytes.replaceAll(" ", ""), "hex");
}

function compareStatus({ answer }: Exchange, { status }: Reply): string[] {
  return status === answer.status ? [] : [`${answer.line}: expected HTTP ${answer.status}, got HTTP ${status}`];
}

function compareHeaders({ answer }: Exchange, reply: Reply, bindings: Bindings): string[] {
  return answer.headers.flatMap(({ line, name, value }) => {
    const got = headerOf(reply, name);
    const isAsExpected = value === undefined || got === undefined ? value === got : matches(value, got, bindings);
    return isAsExpected ? [] : [`${line}: expected ${tellHeader(name, value)}, got ${tellHeader(name, got)}`];
  });
}

function compareBody({ answer }: Exchange, reply: Reply, bindings: Bindings): string[] {
  const { line, body, isByteForByte } = answer;
  const text = reply.text.trimEnd();
  if (body === "" || text === "") return body === text ? [] : [`${line}: expected ${tellBody(body)}`];
  if (isByteForByte || headerOf(reply, "content-type") !== JSON_TYPE)
    return matches(body, text, bindings) ? [] : [`${line}: expected the bytes ${body}`];
  return compare(parseTemplate(body), parseJson(text), { path: "body", bindings }).map(
    (difference) => `${line}: ${difference}`,
  );
}

/** What every answer keeps: JSON says so and knows its length, no body has no type, an error has the request's id. */
function compareCommon({ requests, answer }: Exchange, reply: Reply): string[] {
  const differences = JSON.stringify(reply).includes(SECRET) ? [`${answer.line}: the answer holds a secret`] : [];
  const type = headerOf(reply, "content-type");
  const isHead = requests.some(({ method }) => method === "HEAD");
  if (reply.text === "" && !isHead && type !== undefined) {
    differences.push(`${answer.line}: there is no body, but content-type: ${type}`);
  }
  if (reply.text === "" || isStreamed(answer.headers)) return differences;
  if (type !== JSON_TYPE) differences.push(`${answer.line}: content-type is ${type}`);
  if (headerOf(reply, "content-length") !== String(Buffer.byteLength(reply.text))) {
    differences.push(`${answer.line}: content-length is not that of the body`);
  }
  if (reply.status !== undefined && reply.status >= 400 && requestIdOf(reply) !== headerOf(reply, "x-request-id")) {
    differences.push(`${answer.line}: request_id is not the one of x-request-id`);
  }
  return differences;
}

function requestIdOf({ body }: Reply): unknown {
  return typeof body === "object" && body !== null && "request_id" in body ? body.request_id : undefined;
}

function headerOf({ headers }: Reply, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

function tellHeader(name: string, value: string | undefined): string {
  return value === undefined ? `no ${name}` : `${name}: ${value}`;
}

function tellBody(body: string): string {
  return body === "" ? "no body" : `the body ${body}`;
}

function tell({ status, headers, text }: Reply): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return ["the answer was", `HTTP ${status}`, ...lines, "", text].join("\n    ");
}
