import { once } from "node:events";
import { type OutgoingHttpHeaders, request } from "node:http";
import type { HttpServer } from "../../src/http/server.ts";

type Wanted = {
  readonly headers: OutgoingHttpHeaders;
  /** The client leaves when it has so many, or after a while. */
  readonly messages: number;
};

const PATIENCE_MS = 5_000;

/** What comes of an answer that need not end. */
export async function askStream({ port }: HttpServer, path: string, { headers, messages }: Wanted) {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const outgoing = request({ host: "127.0.0.1", port, path, headers, agent: false, signal });
  outgoing.end();
  const [incoming] = await once(outgoing, "response");
  let text = "";
  try {
    for await (const chunk of incoming.setEncoding("utf8")) {
      text += chunk;
      if (text.split("\n\n").length > messages) break;
    }
  } catch (error) {
    // Less came than was wanted: what did is told.
    if (!signal.aborted) throw error;
  }
  outgoing.destroy();
  // A piece may hold the beginning of what comes next.
  const wanted = text.split("\n\n").slice(0, messages);
  return { status: incoming.statusCode, headers: incoming.headers, text: wanted.join("\n\n") };
}
