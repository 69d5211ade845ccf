import { Agent, type IncomingMessage, request as sendRequest } from "node:http";
import fc from "fast-check";
import { type Answered, createOracle } from "../rest/openapi-oracle.ts";
import { type FuzzRequest, requestsOf } from "./requests.ts";

export type FuzzOptions = {
  /** Of the server, without a path. */
  readonly url: string;
  readonly seed: number;
  readonly count: number;
};

export type FuzzReport = {
  readonly sent: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Each distinct answer that the document does not describe, with a request that had it. */
  readonly findings: readonly string[];
};

const BATCH = 200;
/** Requests under way at once: races between them are part of it. */
const CONCURRENCY = 8;
const TIMEOUT_MS = 15_000;
const MAX_FINDINGS = 50;

/** Sends requests made from the OpenAPI document; the same seed makes the same ones. */
export async function fuzz({ url, seed, count }: FuzzOptions): Promise<FuzzReport> {
  const oracle = createOracle();
  const requests = requestsOf(oracle.document);
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const statuses: Record<string, number> = {};
  const findings = new Map<string, string>();
  const tell = (request: FuzzRequest, problem: string): void => {
    const kind = problem.slice(0, 80);
    if (findings.size < MAX_FINDINGS && !findings.has(kind))
      findings.set(kind, `${problem}\n  ${JSON.stringify(request).slice(0, 2_000)}`);
  };

  async function play(request: FuzzRequest): Promise<void> {
    try {
      const answered = await send(url, request, agent);
      const { status = 0, text } = answered;
      statuses[status] = (statuses[status] ?? 0) + 1;
      // Nothing is out of order here, so nothing may be out of reach either.
      const isFault = status >= 500 && !request.target.startsWith("/health");
      if (isFault) tell(request, `${request.method} is answered with ${status}: ${text.slice(0, 300)}`);
      for (const problem of oracle.findUndescribed(answered)) tell(request, problem);
    } catch (error) {
      tell(request, `no answer: ${String(error)}`);
    }
  }

  let sent = 0;
  while (sent < count) {
    const batch = fc.sample(requests, { seed: seed + sent, numRuns: Math.min(BATCH, count - sent) });
    sent += batch.length;
    const queue = batch.values();
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        for (const request of queue) await play(request);
      }),
    );
  }
  agent.destroy();
  return { sent, statuses, findings: [...findings.values()] };
}

/** An event stream, which has no end, is left when it has begun. */
function send(url: string, { method, target, headers, body }: FuzzRequest, agent: Agent): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const { hostname, port } = new URL(url);
  // Node sends no length of its own with the methods that rarely have a body.
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const outgoing = sendRequest({
    ...{ hostname, port, method, agent, path: target, timeout: TIMEOUT_MS },
    headers: { ...headers, ...length },
  });
  outgoing.once("error", reject);
  outgoing.once("timeout", () => outgoing.destroy(new Error(`nothing came for ${TIMEOUT_MS} ms`)));
  outgoing.once("response", (response: IncomingMessage) => {
    const { statusCode: status, headers: received } = response;
    const answer = (text: string) => resolve({ method, target, status, headers: received, text });
    if (received["content-type"]?.startsWith("text/event-stream")) {
      answer(":");
      response.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.once("end", () => answer(Buffer.concat(chunks).toString()));
    response.once("error", reject);
  });
  outgoing.end(body);
  return promise;
}
