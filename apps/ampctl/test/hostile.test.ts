import { text } from "node:stream/consumers";
import { expect, inject, test } from "vitest";
import { ampctl } from "./run-ampctl.ts";
import { startStub } from "./stub-server.ts";

const ATTACK = "\u001b[2J\u009b31m\u202e\r\n";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const STEERS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

/** The seeded server, with an attack on the terminal behind every word that it says. */
async function startHostile(): Promise<string> {
  return startStub(async (request, response) => {
    const body = request.method === "POST" ? { body: await text(request) } : {};
    const answer = await fetch(inject("serverUrl") + request.url, {
      method: request.method ?? "GET",
      headers: { "content-type": "application/json" },
      ...body,
    });
    const told = JSON.parse(await answer.text(), (_, value) => (isWord(value) ? value + ATTACK : value));
    // JSON need not escape what steers a terminal beyond U+001F.
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(told));
  });
}

/** Numbers and times are read, not shown. */
function isWord(value: unknown): value is string {
  return typeof value === "string" && !/^-?\d+$|^\d{4}-\d\d-\d\dT/.test(value);
}

test.each([
  "job list -s all",
  "job list -s all -l 1",
  "job inspect 1",
  "job inspect 2",
  "job inspect 4",
  "job progress 1",
  "job progress 2",
  "job events 2",
  "job events 3",
  "job inspect 99",
  "dataset list",
  "dataset versions mainnet",
  "dataset inspect mainnet",
  "provider list",
  "worker list",
  "worker inspect worker-1",
  "table list mainnet",
  "table inspect mainnet logs",
  "table files mainnet blocks",
  "server",
  // Writing commands that change nothing there.
  "job stop 4 1 99 --dry-run",
  "job stop --dataset lonely --dry-run",
  "job stop 1 3",
  "job stop 99",
  "job rm --status all --dry-run",
  "dataset deploy nothing",
  "provider rm dead_end --dry-run",
  "worker drain worker-1 --dry-run",
])("ampctl %s: nothing that a server says steers the terminal", async (line) => {
  const env = { AMP_ADMIN_URL: await startHostile(), NO_COLOR: "1" };
  for (const words of [line, `${line} --json`]) {
    const { stdout, stderr } = await ampctl(words, { env, columns: 300 });
    expect(stdout + stderr).not.toBe("");
    expect(stdout + stderr).not.toMatch(STEERS);
  }
});
