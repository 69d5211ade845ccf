import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { EventReader } from "../../test/clients/event-reader.ts";
import {
  dataOf,
  type GraphqlServer,
  isFree,
  listOf,
  posted,
  startAndAsk,
  startGraphql,
} from "../../test/graphql/start-graphql.ts";
import { ask, connectRaw } from "../../test/http-server.ts";
import { ACTOR, liveFigures, startJob, useDatabase } from "../../test/store-fixtures.ts";
import { completeJob } from "../store/job-own.ts";
import { stopJob } from "../store/job-stop.ts";
import { reportLive } from "../store/live.ts";

const EVENTS = { accept: "text/event-stream" };
/** As urql sends it with every operation. */
const ANY =
  "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed";
const CHANGED = "subscription ($n: BigInt!) { jobChanged(number: $n) { status } }";
const LOG =
  "subscription ($after: String) { jobEvents(after: $after) { __typename ... on JobEventReached { cursor } } }";
const VERSION = "{ server { version } }";

const database = useDatabase("pglite");

const changesOf = (job: bigint) => ({ query: CHANGED, variables: { n: String(job) } });

/** Variables to read all that is kept of the log. */
async function logStart(graphql: GraphqlServer) {
  const { jobEventBounds } = await dataOf(graphql, "{ jobEventBounds { startCursor } }");
  return { after: jobEventBounds?.startCursor };
}

/** Asks by GET, the operation in the query string. */
function inQuery(query: string, others: Record<string, string> = {}): string {
  return `/graphql?${new URLSearchParams({ query, ...others })}`;
}

describe("a subscription as a stream of events", () => {
  test("gives the state and each change, and completes with the job", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const reader = await EventReader.open(graphql, changesOf(owner.job));
    expect(reader.response.status).toBe(200);
    expect(reader.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(reader.response.headers.get("cache-control")).toBe("no-store");
    expect(await reader.payload()).toEqual({ data: { jobChanged: { status: "RUNNING" } } });
    await stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
    expect(await reader.payload()).toEqual({ data: { jobChanged: { status: "STOP_REQUESTED" } } });
    await completeJob(database(), owner, ACTOR);
    expect(await reader.payload()).toEqual({ data: { jobChanged: { status: "COMPLETED" } } });
    expect(await reader.next()).toEqual({ id: "end", event: "complete", data: "" });
    expect(await reader.next()).toBeUndefined();
    expect(reader.asides).toEqual([expect.stringMatching(/^retry: [12]\d{3}$/)]);
  });

  test("is asked for by GET as well, by any client that takes whatever comes", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    await completeJob(database(), owner, ACTOR);
    const path = inQuery(CHANGED, { variables: JSON.stringify({ n: String(owner.job) }), operationName: "" });
    for (const accept of ["text/event-stream", "Text/Event-Stream;q=0.5, x/y", ANY, "*/*", undefined]) {
      const answer = await ask(graphql.server, path, { headers: accept === undefined ? {} : { accept } });
      expect(answer.text).toMatch(
        /^retry: [12]\d{3}\n\nevent: next\ndata: .*COMPLETED.*\n\nid: end\nevent: complete\ndata:\n\n$/,
      );
    }
  });

  test("has the cursor of each item of a log as its id, and goes on after the one that a client comes back with", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    await completeJob(database(), owner, ACTOR);
    const variables = await logStart(graphql);
    const first = await EventReader.open(graphql, { query: LOG, variables });
    const [one, two] = [await first.next(), await first.next()];
    const ids = [one, two].map((event) => event?.id);
    expect(ids).toEqual([one, two].map((event) => JSON.parse(event?.data ?? "").data.jobEvents.cursor));
    first.close();
    const headers = { "last-event-id": ids[0] ?? "" };
    const again = await EventReader.open(graphql, { query: LOG, variables, headers });
    expect(await again.next()).toEqual(two);
  });

  test("whose client says that it had no id yet begins where its arguments say", async () => {
    const graphql = await startGraphql(database());
    await startJob(database(), {});
    const headers = { "last-event-id": "" };
    const reader = await EventReader.open(graphql, { query: LOG, variables: await logStart(graphql), headers });
    expect(await reader.payload()).toMatchObject({ data: { jobEvents: { __typename: "JobEventReached" } } });
  });

  test("that came to its end has no more for a client that comes back", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const headers = { ...EVENTS, "last-event-id": "end" };
    const answer = await ask(graphql.server, "/graphql", posted(changesOf(owner.job), headers));
    expect(answer).toMatchObject({ status: 204, text: "" });
  });

  test("to a job that is not there is one result with the refusal, and its end", async () => {
    const graphql = await startGraphql(database());
    const reader = await EventReader.open(graphql, changesOf(404n));
    const { errors } = await reader.payload();
    expect(errors).toMatchObject([{ message: "job '404' not found", extensions: { code: "JOB_NOT_FOUND" } }]);
    expect(await reader.next()).toEqual({ id: "end", event: "complete", data: "" });
    expect(await reader.next()).toBeUndefined();
  });

  test("that does not fit the schema is refused in the same way, so that an EventSource does not come back for ever", async () => {
    const query = "subscription { nope }";
    const { answer } = await startAndAsk(database(), "/graphql", posted({ query }, EVENTS));
    expect(answer.text).toMatch(/event: next\ndata: .*Cannot query field .*\n\nid: end\nevent: complete\ndata:\n\n$/);
  });

  test("does not complete when the server closes: its client comes back, to another one", async () => {
    const graphql = await startGraphql(database(), { http: { closeGraceMs: 60_000 } });
    const { owner } = await startJob(database(), {});
    const reader = await EventReader.open(graphql, changesOf(owner.job));
    await reader.next();
    const closed = graphql.server.close();
    expect(await reader.next()).toBeUndefined();
    await closed;
    expect(await isFree(graphql.hub, owner.job)).toBe(true);
  });

  test("completes with its feed, though its job goes on", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const reader = await EventReader.open(graphql, changesOf(owner.job));
    await reader.next();
    await graphql.hub.close();
    expect(await reader.next()).toMatchObject({ event: "complete" });
  });

  test("is given back when its client goes", async () => {
    const graphql = await startGraphql(database(), { maxSubscribers: 1 });
    const { owner } = await startJob(database(), {});
    const reader = await EventReader.open(graphql, changesOf(owner.job));
    await reader.next();
    expect(await isFree(graphql.hub, owner.job)).toBe(false);
    reader.close();
    await expect.poll(() => isFree(graphql.hub, owner.job)).toBe(true);
    expect(graphql.logLines).toEqual([]);
  });

  test("of a client that takes nothing is cut after the limit, and given back; another one goes on", async () => {
    const pipeline = { limits: { maxTokens: 100_000, maxAliases: 10_000 } };
    const limits = { maxSubscribers: 2, eventStream: { stallLimitMs: 100 }, pipeline };
    const graphql = await startGraphql(database(), limits);
    const { owner } = await startJob(database(), {});
    const query = `subscription { jobProgress(number: ${owner.job}, minInterval: 0) { headBlock } }`;
    const healthy = await EventReader.open(graphql, { query });
    await healthy.next();
    // 300 kB a result: a few dozen fill the buffers of the kernel.
    const fields = Array.from({ length: 10_000 }, (_, index) => `field${index}: headBlock`).join(" ");
    const body = JSON.stringify({ query: query.replace("headBlock", fields) });
    const head = ["POST /graphql HTTP/1.1", "Host: localhost", "Content-Type: application/json"];
    const lines = [...head, "Accept: text/event-stream", `Content-Length: ${body.length}`, "", body];
    const stalled = await connectRaw(graphql.server, lines);
    await once(stalled, "readable");
    expect(await isFree(graphql.hub, owner.job)).toBe(false);
    for (let headBlock = 1n; !(await isFree(graphql.hub, owner.job)); headBlock += 1n) {
      await reportLive(database(), owner, liveFigures({ headBlock }));
      expect(await healthy.payload()).toEqual({ data: { jobProgress: { headBlock: String(headBlock) } } });
    }
    expect(graphql.logLines).toEqual([]);
  });

  test("is kept open by comments while nothing happens", async () => {
    const graphql = await startGraphql(database(), { eventStream: { keepAliveMs: 5 } });
    const { owner } = await startJob(database(), {});
    const reader = await EventReader.open(graphql, changesOf(owner.job));
    await reader.next();
    const next = reader.next();
    await expect.poll(() => reader.asides).toEqual(expect.arrayContaining([":", ":"]));
    await stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
    expect(await next).toMatchObject({ data: '{"data":{"jobChanged":{"status":"STOP_REQUESTED"}}}' });
  });

  test("that is refused for now does not say that it is over, so that a client comes back", async () => {
    const graphql = await startGraphql(database(), { maxSubscribers: 0 });
    const { owner } = await startJob(database(), {});
    const query = encodeURIComponent(`subscription { jobChanged(number: ${owner.job}) { status } }`);
    const headers = { accept: "text/event-stream" };
    const { text } = await ask(graphql.server, `/graphql?query=${query}`, { headers });
    expect(text).toContain("TOO_MANY_SUBSCRIPTIONS");
    expect(text).not.toContain("complete");
  });

  test("of a page of another origin is refused", async () => {
    const headers = { ...EVENTS, origin: "http://evil.com" };
    const { answer } = await startAndAsk(database(), inQuery("subscription { jobEvents { __typename } }"), { headers });
    expect(answer.status).toBe(403);
  });
});

describe("a request that takes events and is no subscription", () => {
  test.each([
    ["variables that are no object", { query: CHANGED, variables: "x" }, /variables/],
    ["variables that are a list", { query: CHANGED, variables: [] }, /variables/],
    ["a list of operations", [{ query: CHANGED }], /Batching/],
    ["no object", null, /object/],
  ])("with %s is malformed", async (_fault, body, message) => {
    const { answer, logLines } = await startAndAsk(database(), "/graphql", posted(body, EVENTS));
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(message);
    expect(logLines).toEqual([]);
  });

  test("without a query is told so, and nobody is alarmed", async () => {
    const { answer, logLines } = await startAndAsk(database(), "/graphql", posted({}, EVENTS));
    expect(answer.text).toContain("Must provide query string.");
    expect(logLines).toEqual([]);
  });

  test("by GET with variables that are no JSON is malformed", async () => {
    const path = inQuery(CHANGED, { variables: "x" });
    const { answer } = await startAndAsk(database(), path, { headers: EVENTS });
    expect(answer.status).toBe(400);
  });

  test("may not change anything by GET", async () => {
    const query = 'mutation subscription { removeProvider(input: { name: "none" }) { __typename } }';
    const { answer } = await startAndAsk(database(), inQuery(query), { headers: EVENTS });
    expect(answer.status).toBe(405);
  });

  test("is answered with JSON where the client takes that too", async () => {
    const { answer } = await startAndAsk(database(), "/graphql", posted({ query: VERSION }, { accept: ANY }));
    expect(answer.headers["content-type"]).toMatch(/^application\/graphql-response\+json/);
    expect(answer.json()).toMatchObject({ data: { server: { version: "1.2.3" } } });
  });

  test("and is faulty is told so in JSON where the client takes that too", async () => {
    const query = "subscription { nope }";
    const { answer } = await startAndAsk(database(), "/graphql", posted({ query }, { accept: ANY }));
    expect(answer.headers["content-type"]).toMatch(/^application\/graphql-response\+json/);
    expect(listOf(answer.json().errors as never)).toHaveLength(1);
  });

  test("is one event where the client takes nothing else", async () => {
    const { answer } = await startAndAsk(database(), "/graphql", posted({ query: VERSION }, EVENTS));
    expect(answer.text).toMatch(/event: next\ndata: .*"version":"1.2.3".*\n\nevent: complete\n/);
  });

  test("is the page of a browser, with the subscription that its address holds", async () => {
    const headers = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    const { answer } = await startAndAsk(database(), inQuery("subscription { jobEvents { __typename } }"), { headers });
    expect(answer.headers["content-type"]).toMatch(/^text\/html/);
  });
});
