import { expect, inject, test } from "vitest";
import { InterruptedError } from "../src/errors.ts";
import { run } from "../src/run.ts";
import { createFakeTerminal } from "./fake-terminal.ts";
import { startStub } from "./stub-server.ts";

/** The seeded server behind something that once leaves a request for the feed without an answer, and its connection open. */
async function startStalling(): Promise<string> {
  let requests = 0;
  return startStub(async (request, response) => {
    const isFeed = request.url?.startsWith("/events") === true;
    if (isFeed) requests += 1;
    // The first one tells where the feed stands.
    if (isFeed && requests === 2) return;
    const body = await Array.fromAsync(request, (part: Buffer) => part);
    const answer = await fetch(inject("serverUrl") + request.url, {
      method: request.method ?? "GET",
      ...(body.length === 0 ? {} : { body: Buffer.concat(body), headers: { "content-type": "application/json" } }),
    });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
}

const LOST = "lost the server, trying again";
const BACK = "the server answers again";

test.concurrent("ampctl job watch takes silence for a loss, tells it once, and goes on", async () => {
  const url = await startStalling();
  const abort = new AbortController();
  let stderr = "";
  const code = await run(["job", "watch", "4", "--request-timeout", "2s"], {
    stdin: createFakeTerminal().stdin,
    stdout: { write: () => true },
    stderr: {
      write: (text: string) => {
        stderr += text;
        if (stderr.includes(BACK)) abort.abort(new InterruptedError());
      },
    },
    env: { AMP_ADMIN_URL: url, HOME: "/nonexistent" },
    signal: abort.signal,
    outliveReader: () => undefined,
    now: () => new Date(),
  });
  expect(code).toBe(130);
  expect(stderr.split("\n")).toEqual([expect.stringContaining(LOST), BACK, ""]);
});

test.concurrent("ampctl top takes silence for a loss, and goes on", async () => {
  const url = await startStalling();
  const terminal = createFakeTerminal();
  const abort = new AbortController();
  const lost = terminal.shows(LOST);
  const ended = run(["top", "--request-timeout", "2s"], {
    stdin: terminal.stdin,
    stdout: terminal.stdout,
    stderr: { write: () => true },
    env: { AMP_ADMIN_URL: url, HOME: "/nonexistent" },
    signal: abort.signal,
    outliveReader: () => undefined,
    now: () => new Date(),
  });
  await lost;
  await terminal.shows("q quit");
  abort.abort(new InterruptedError());
  expect(await ended).toBe(130);
});
