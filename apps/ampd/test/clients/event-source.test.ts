import { once } from "node:events";
import { EventSource } from "eventsource";
import { expect, onTestFinished, test } from "vitest";
import { completeJob } from "../../src/store/job-own.ts";
import { dataOf, startGraphql } from "../graphql/start-graphql.ts";
import { ACTOR, deploy, startJob, useDatabase } from "../store-fixtures.ts";
import { startTcpProxy } from "../tcp-proxy.ts";

const LOG = "subscription ($after: String) { jobEvents(after: $after) { ... on JobEventReached { cursor } } }";
const CHANGED = "subscription ($n: BigInt!) { jobChanged(number: $n) { status } }";

const database = useDatabase("pglite");

/** An EventSource as in a browser, which goes with the test. */
function openEventSource(url: string, query: string, variables: object): EventSource {
  const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const source = new EventSource(`${url}/graphql?${parameters}`);
  onTestFinished(() => source.close());
  return source;
}

test("an EventSource that loses its connection again and again misses no event, and gets none twice", async () => {
  const graphql = await startGraphql(database());
  const proxy = await startTcpProxy(graphql.url);
  const { jobEventBounds } = await dataOf(graphql, "{ jobEventBounds { startCursor } }");
  const start = Number(jobEventBounds?.startCursor);
  const source = openEventSource(new URL(proxy.url).origin, LOG, { after: String(start) });
  const cursors: number[] = [];
  source.addEventListener("next", ({ data }) => {
    const { cursor } = JSON.parse(data).data.jobEvents;
    if (cursor !== undefined) cursors.push(Number(cursor));
  });
  // Each deployment is an event.
  for (let round = 0; round < 3; round += 1) {
    await deploy(database());
    await expect.poll(() => cursors.length, { timeout: 5_000 }).toBe(2 * round + 1);
    const again = once(source, "open");
    proxy.cut();
    await deploy(database());
    await again;
    await expect.poll(() => cursors.length, { timeout: 5_000 }).toBe(2 * round + 2);
  }
  const { jobEventBounds: bounds } = await dataOf(graphql, "{ jobEventBounds { endCursor } }");
  const end = Number(bounds?.endCursor);
  expect(cursors).toEqual(Array.from({ length: end - start }, (_, index) => start + 1 + index));
});

test("an EventSource whose feed is over comes back once, and stays away", async () => {
  const graphql = await startGraphql(database());
  const { owner } = await startJob(database(), {});
  const source = openEventSource(graphql.url, CHANGED, { n: String(owner.job) });
  const statuses: string[] = [];
  source.addEventListener("next", ({ data }) => statuses.push(JSON.parse(data).data.jobChanged.status));
  await expect.poll(() => statuses).toEqual(["RUNNING"]);
  await completeJob(database(), owner, ACTOR);
  await expect.poll(() => source.readyState, { timeout: 5_000 }).toBe(source.CLOSED);
  expect(statuses).toEqual(["RUNNING", "COMPLETED"]);
});
