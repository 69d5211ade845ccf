import { execFile, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { completeJob } from "../../src/store/job-own.ts";
import { startGraphql } from "../graphql/start-graphql.ts";
import { ACTOR, startJob, useDatabase } from "../store-fixtures.ts";

const isThere = spawnSync("curl", ["--version"]).status === 0;

const database = useDatabase("pglite");

/** Flags of a POST with a body of JSON. */
const post = (url: string, body: object) => [
  "--silent",
  "--no-buffer",
  "--header",
  "content-type: application/json",
  "--data",
  JSON.stringify(body),
  `${url}/graphql`,
];

// Where curl is missing there is nothing to be seen: any other client is another client.
describe.skipIf(!isThere)("curl", () => {
  test("asks, and changes something", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const variables = { n: String(owner.job) };
    const run = async (query: string) => {
      const { stdout } = await promisify(execFile)("curl", post(graphql.url, { query, variables }));
      return JSON.parse(stdout).data;
    };
    expect(await run("query ($n: BigInt!) { job(number: $n) { status } }")).toEqual({ job: { status: "RUNNING" } });
    const stop = "mutation ($n: BigInt!) { stopJob(input: { number: $n }) { ... on StopJobPayload { changed } } }";
    expect(await run(stop)).toEqual({ stopJob: { changed: true } });
  });

  test("follows a job to its end", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const query = `subscription { jobChanged(number: ${owner.job}) { status } }`;
    const child = spawn("curl", post(graphql.url, { query }), { stdio: ["ignore", "pipe", "ignore"] });
    onTestFinished(() => void child.kill());
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line.includes("RUNNING")) await completeJob(database(), owner, ACTOR);
    }
    const next = (status: string) => ["event: next", `data: {"data":{"jobChanged":{"status":"${status}"}}}`, ""];
    const end = ["id: end", "event: complete", "data:", ""];
    expect(lines).toEqual([
      expect.stringMatching(/^retry: [12]\d{3}$/),
      "",
      ...next("RUNNING"),
      ...next("COMPLETED"),
      ...end,
    ]);
  });
});
