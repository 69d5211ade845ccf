import { describe, expect, test } from "vitest";
import { startGraphql } from "../../test/graphql/start-graphql.ts";
import { connectRaw, readAll } from "../../test/http-server.ts";
import { ACTOR, startJob, useDatabase } from "../../test/store-fixtures.ts";
import { stopJob } from "../store/job-stop.ts";

const JSON_TYPE = { "content-type": "application/json" };

const database = useDatabase("pglite");

describe("a subscription as a stream of events", () => {
  const query = "subscription ($n: BigInt!) { jobChanged(number: $n) { status } }";

  test("gives the state and each change, and completes with the job", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const body = { query, variables: { n: String(owner.job) } };
    const response = await fetch(`${graphql.url}/graphql`, {
      method: "POST",
      headers: { ...JSON_TYPE, accept: "text/event-stream" },
      body: JSON.stringify(body),
    });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const texts: string[] = [];
    for await (const chunk of response.body ?? []) {
      texts.push(new TextDecoder().decode(chunk));
      if (texts.join("").includes("RUNNING") && !texts.join("").includes("STOP_REQUESTED")) {
        await stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
      }
      if (texts.join("").includes("STOP_REQUESTED")) break;
    }
    expect(texts.join("")).toMatch(/"status":"RUNNING"[\s\S]*"status":"STOP_REQUESTED"/);
  });

  test("is given back when its client goes", async () => {
    const graphql = await startGraphql(database(), { maxSubscribers: 1 });
    const { owner } = await startJob(database(), {});
    const body = JSON.stringify({ query, variables: { n: String(owner.job) } });
    const head = ["POST /graphql HTTP/1.1", "Host: localhost", "Content-Type: application/json"];
    const lines = [...head, "Accept: text/event-stream", `Content-Length: ${body.length}`, ""];
    const socket = await connectRaw(graphql.server, [...lines, body]);
    let text = "";
    await new Promise<void>((resolve) => {
      socket.on("data", (data) => {
        text += data;
        if (text.includes("RUNNING")) resolve();
      });
    });
    socket.destroy();
    const options = { intervalMs: 0, keyOf: () => "" };
    await expect
      .poll(() =>
        graphql.hub.watch(owner.job, options).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  test("ends with the hub, so that a server can close", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const body = JSON.stringify({ query, variables: { n: String(owner.job) } });
    const head = ["POST /graphql HTTP/1.1", "Host: localhost", "Content-Type: application/json", "Connection: close"];
    const lines = [...head, "Accept: text/event-stream", `Content-Length: ${body.length}`, ""];
    const socket = await connectRaw(graphql.server, [...lines, body]);
    const whole = readAll(socket);
    await expect.poll(() => socket.bytesRead).toBeGreaterThan(300);
    await graphql.hub.close();
    expect(await whole).toMatch(/RUNNING[\s\S]*event: complete/);
  });
});
