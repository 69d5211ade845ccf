import type { ServerResponse } from "node:http";
import { expect, inject, test } from "vitest";
import { ampctl } from "./run-ampctl.ts";
import { report } from "./stable.ts";
import { startStub } from "./stub-server.ts";

/** The seeded server, which says that it is not ready. */
function startUnready(answerGraphql: (response: ServerResponse) => void): Promise<string> {
  return startStub((request, response) => {
    if (request.url !== "/health/ready") return answerGraphql(response);
    response.writeHead(503).end('{"ready":false,"reasons":["the database does not answer"]}');
  });
}

test("ampctl server tells what a server waits for, and ends with: try again", async () => {
  const body = JSON.stringify({
    query:
      "{ server { nodeId role version time limits { maxPage maxEventPage maxNodes maxSubscriptionsPerConnection maxDepth maxAliases maxTokens maxCost } } viewer { name role } }",
  });
  const headers = { "content-type": "application/json" };
  const answer = await (await fetch(`${inject("serverUrl")}/graphql`, { method: "POST", headers, body })).text();
  const env = { AMP_ADMIN_URL: await startUnready((response) => response.end(answer)) };
  expect(report(await ampctl("server", { env }))).toMatchSnapshot();
  expect(await ampctl("server --json", { env })).toMatchObject({
    code: 75,
    stdout: expect.stringContaining('"ready":false,"reasons":["the database does not answer"]'),
  });
});

test("also where it cannot say anything else", async () => {
  const url = await startUnready((response) => response.writeHead(503).end("{}"));
  expect(report(await ampctl("server", { env: { AMP_ADMIN_URL: url } }))).toMatchSnapshot();
});
