import { describe, expect, onTestFinished, test } from "vitest";
import { completeJob } from "../../src/store/job-own.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { isFree, startGraphql } from "../graphql/start-graphql.ts";
import { ACTOR, startJob, useDatabase } from "../store-fixtures.ts";
import { openApollo } from "./apollo-client.ts";
import { openGraphqlSse } from "./graphql-sse-client.ts";
import { openGraphqlWs } from "./graphql-ws-client.ts";
import { Collector, type OpenClient } from "./standard-client.ts";
import { openUrql, openUrqlEvents } from "./urql-client.ts";

const CLIENTS: readonly (readonly [string, OpenClient])[] = [
  ["urql", openUrql],
  ["urql with server-sent events", openUrqlEvents],
  ["Apollo Client", openApollo],
  ["graphql-ws", openGraphqlWs],
  ["graphql-sse", openGraphqlSse],
];

const JOB = "query Job($number: BigInt!) { job(number: $number) { __typename id number status } }";
const STOP = `mutation Stop($input: StopJobInput!) {
  stopJob(input: $input) {
    __typename
    ... on StopJobPayload { changed job { __typename id status } }
    ... on Error { code message retryable }
  }
}`;
const CHANGED =
  "subscription Changed($number: BigInt!) { jobChanged(number: $number) { __typename id number status } }";

const database = useDatabase("pglite");

describe.each(CLIENTS)("%s", (_name, open) => {
  async function start() {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const client = open(graphql.url);
    onTestFinished(() => client.close());
    return { graphql, client, owner, number: String(owner.job) };
  }

  test("asks", async () => {
    const { client, number } = await start();
    const { job } = await client.query(JOB, { number });
    expect(job).toEqual({ __typename: "Job", id: expect.any(String), number, status: "RUNNING" });
  });

  test("changes something, and tells what was done from a refusal", async () => {
    const { client, number } = await start();
    const { stopJob: done } = await client.mutate(STOP, { input: { number } });
    expect(done).toMatchObject({ __typename: "StopJobPayload", changed: true, job: { status: "STOP_REQUESTED" } });
    const { stopJob: refused } = await client.mutate(STOP, { input: { number: "404" } });
    const message = "job '404' not found";
    expect(refused).toEqual({ __typename: "JobNotFoundError", code: "JOB_NOT_FOUND", message, retryable: false });
  });

  test("follows a job to its end", async () => {
    const { client, owner, number } = await start();
    await using changes = Collector.subscribe(client, CHANGED, { number });
    expect(await changes.take()).toMatchObject({ jobChanged: { number, status: "RUNNING" } });
    await stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
    expect(await changes.take()).toMatchObject({ jobChanged: { number, status: "STOP_REQUESTED" } });
    await completeJob(database(), owner, ACTOR);
    expect(await changes.take()).toMatchObject({ jobChanged: { number, status: "COMPLETED" } });
    expect(await changes.take()).toBe("complete");
  });

  test("is told of a subscription that is refused", async () => {
    const { client } = await start();
    await using changes = Collector.subscribe(client, CHANGED, { number: "404" });
    expect(JSON.stringify(await changes.take())).toContain("job '404' not found");
  });

  test("gives a subscription back that it ends", async () => {
    const graphql = await startGraphql(database(), { maxSubscribers: 1 });
    const { owner } = await startJob(database(), {});
    const client = open(graphql.url);
    onTestFinished(() => client.close());
    {
      await using changes = Collector.subscribe(client, CHANGED, { number: String(owner.job) });
      await changes.take();
      expect(await isFree(graphql.hub, owner.job)).toBe(false);
    }
    await expect.poll(() => isFree(graphql.hub, owner.job)).toBe(true);
  });
});
