import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { type CtlError, InterruptedError, ServerFailedError, TryAgainError } from "../errors.ts";

/** How to reach one server. */
export type Connection = {
  readonly url: URL;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
};

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string };

export type Ask = {
  readonly method?: string;
  /** Below the server's address, with its query. */
  readonly path: string;
  readonly body?: string;
};

/** Sends one request and reads all of its answer, whatever its status. @throws TryAgainError, InterruptedError */
export async function request(connection: Connection, ask: Ask): Promise<Answer> {
  const timeout = AbortSignal.timeout(connection.timeoutMs);
  try {
    const response = await open(connection, ask, AbortSignal.any([connection.signal, timeout]));
    const whole = await text(response).catch((error) => {
      throw new TryAgainError("CONNECTION_LOST", `${connection.url.href} broke off in its answer`, { cause: error });
    });
    return { status: statusOf(response), headers: response.headers, text: whole };
  } catch (error) {
    if (!timeout.aborted || connection.signal.aborted) throw toClientError(error, connection);
    const message = `${connection.url.href} did not answer within ${connection.timeoutMs / 1000} s`;
    throw new TryAgainError("TIMEOUT", message, { cause: error });
  }
}

/**
 * Sends one request; resolves when the answer begins. What fails comes as Node throws it: see `toClientError`. Redirects
 * are not followed: a token goes where the operator sent it, and nowhere else.
 */
async function open({ url, token }: Connection, ask: Ask, signal: AbortSignal): Promise<IncomingMessage> {
  // `fetch` takes 100 ms of CPU to load, and an `import` of node:http 50, as it loads fetch too (Node 24, 2026-12-01).
  const http = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
  const sent = http.request(urlBelow(url, ask.path), {
    method: ask.method ?? "GET",
    headers: {
      accept: "application/json",
      "user-agent": "ampctl",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(ask.body === undefined
        ? {}
        : { "content-type": "application/json", "content-length": Buffer.byteLength(ask.body) }),
    },
    signal,
  });
  // What fails after the answer began is told by the answer.
  sent.on("error", () => undefined);
  sent.end(ask.body);
  const [response] = await once(sent, "response");
  return response;
}

function statusOf(response: IncomingMessage): number {
  // Node always has it on the answer to a request of its own.
  return response.statusCode ?? 0;
}

/** What `open`, or reading the answer, threw. */
function toClientError(error: unknown, { url, signal }: Connection): CtlError {
  if (signal.aborted) return new InterruptedError();
  if (error instanceof TryAgainError) return error;
  const causes = causesOf(error);
  const message = `cannot reach ampd at ${url.href}`;
  return new TryAgainError("SERVER_UNREACHABLE", message, { causes, cause: error });
}

/** The address may have a path of its own, of a proxy. */
function urlBelow(url: URL, path: string): string {
  return url.href.replace(/\/$/, "") + path;
}

/** The words of the causes, outermost first. */
function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    const parts: readonly unknown[] = one instanceof AggregateError ? one.errors : [one];
    causes.push(...parts.filter((part) => part instanceof Error).map(({ message }) => message));
  }
  return causes.filter((cause) => cause !== "");
}

/** For what answers and is no ampd, or none that this program knows. */
export function notAmpd({ url }: Connection, what: string): ServerFailedError {
  return new ServerFailedError("NOT_AMPD", `what answers at ${url.href} is no ampd that this ampctl knows`, {
    causes: [what],
  });
}
