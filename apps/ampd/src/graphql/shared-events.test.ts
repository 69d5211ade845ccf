import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { ExecutionResult } from "graphql";
import { isAsyncIterable } from "graphql-yoga";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { dataOf, type GraphqlServer, startGraphql } from "../../test/graphql/start-graphql.ts";
import { watchDatabase } from "../../test/graphql/watched-database.ts";
import { ACTOR, liveFigures, startJob, useDatabase } from "../../test/store-fixtures.ts";
import { InvalidArgumentError } from "../domain/errors.ts";
import { completeJob } from "../store/job-own.ts";
import { stopJob } from "../store/job-stop.ts";
import { reportLive } from "../store/live.ts";
import { textOf } from "./result-text.ts";
import { cursorOf } from "./shared-events.ts";

const SUBSCRIBERS = 50;
/** A name in it is read from the database for each execution. */
const CHANGED = "subscription ($n: BigInt!) { jobChanged(number: $n) { status dataset { name } } }";
const STATUS =
  "subscription ($n: BigInt!, $all: Boolean!) { jobChanged(number: $n) { status version @include(if: $all) } }";
const LOG = "subscription ($after: String) { jobEvents(after: $after) { __typename ... on CaughtUp { cursor } } }";

const database = useDatabase("pglite");

type Results = AsyncIterableIterator<ExecutionResult>;

async function subscribe({ pipeline }: GraphqlServer, query: string, variables: object = {}): Promise<Results> {
  const requestId = crypto.randomUUID();
  const prepared = await pipeline.prepare({ query, variables: { ...variables } }, { requestId });
  if (!("args" in prepared)) throw new Error(String(prepared));
  const results = await prepared.subscribe();
  if (!isAsyncIterable(results)) throw new Error(JSON.stringify(results));
  onTestFinished(async () => void (await results.return?.()));
  return results;
}

async function next(results: Results): Promise<ExecutionResult> {
  const { done, value } = await results.next();
  if (done === true) throw new Error("the feed is over");
  return value;
}

const nextOf = (feeds: readonly Results[]) => Promise.all(feeds.map(next));
const stop = (job: bigint) => stopJob(database(), { number: job, deadlineMs: 60_000 }, ACTOR);

describe("an event", () => {
  test("is executed and written once for all subscribers whose operation and variables are equal", async () => {
    const watched = watchDatabase(database());
    const graphql = await startGraphql(watched);
    const { owner } = await startJob(database(), {});
    const variables = { n: String(owner.job) };
    const feeds = await Promise.all(Array.from({ length: SUBSCRIBERS }, () => subscribe(graphql, CHANGED, variables)));
    await nextOf(feeds);
    let executions = 0;
    watched.intercept = ({ model }) => {
      if (model === "Dataset") executions += 1;
    };
    await stop(owner.job);
    const results = await nextOf(feeds);
    expect(executions).toBe(1);
    expect(results[0]?.data).toMatchObject({ jobChanged: { status: "STOP_REQUESTED" } });
    expect(new Set(results).size).toBe(1);
    const stringify = vi.spyOn(JSON, "stringify");
    const texts = new Set(results.map(textOf));
    expect(stringify).toHaveBeenCalledTimes(1);
    stringify.mockRestore();
    expect([...texts].map((text) => JSON.parse(text))).toEqual([{ data: results[0]?.data }]);
  });

  test("is executed apart for other documents, and for variables that its fields depend on", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const n = String(owner.job);
    const feeds = [
      await subscribe(graphql, STATUS, { n, all: true }),
      await subscribe(graphql, STATUS, { n, all: false }),
      await subscribe(graphql, `${STATUS} # another one`, { n, all: true }),
      await subscribe(graphql, STATUS, { all: true, n }),
    ];
    const [all, some, other, again] = await nextOf(feeds);
    expect(all?.data).toEqual({ jobChanged: { status: "RUNNING", version: 2 } });
    expect(some?.data).toEqual({ jobChanged: { status: "RUNNING" } });
    expect(other).not.toBe(all);
    expect(again).toBe(all);
  });

  test("is executed once for readers that came to it by other ways", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const { jobEventBounds } = await dataOf(graphql, "{ jobEventBounds { startCursor endCursor } }");
    const late = await subscribe(graphql, LOG, { after: jobEventBounds?.endCursor });
    const now = await subscribe(graphql, LOG);
    await nextOf([late, now]);
    await stop(owner.job);
    const [one, other] = await nextOf([late, now]);
    expect(one?.data).toEqual({ jobEvents: { __typename: "JobEventReached" } });
    expect(other).toBe(one);
    const progress =
      "subscription ($n: BigInt!, $ms: Int!) { jobProgress(number: $n, minInterval: $ms) { headBlock } }";
    const slow = await subscribe(graphql, progress, { n: String(owner.job), ms: 1_000 });
    const fast = await subscribe(graphql, progress, { n: String(owner.job), ms: 0 });
    const [first, second] = await nextOf([slow, fast]);
    expect(second).toBe(first);
  });

  test("has its cursor whoever is given it; what has no place in a log has none", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const feed = await subscribe(graphql, LOG);
    const { jobEventBounds } = await dataOf(graphql, "{ jobEventBounds { endCursor } }");
    expect(cursorOf(await next(feed))).toBe(jobEventBounds?.endCursor);
    await stop(owner.job);
    expect(cursorOf(await next(feed))).toBe(String(Number(jobEventBounds?.endCursor) + 1));
    const state = await subscribe(graphql, CHANGED, { n: String(owner.job) });
    expect(cursorOf(await next(state))).toBeUndefined();
  });

  test("that meets an unexpected error is masked and logged once for all, and the feed goes on", async () => {
    const watched = watchDatabase(database());
    const graphql = await startGraphql(watched);
    const { owner } = await startJob(database(), {});
    const variables = { n: String(owner.job) };
    const feeds = [await subscribe(graphql, CHANGED, variables), await subscribe(graphql, CHANGED, variables)];
    await nextOf(feeds);
    watched.intercept = ({ model }) => {
      if (model === "Dataset") throw new Error("hunter2");
    };
    await stop(owner.job);
    const [one, other] = await nextOf(feeds);
    expect(other).toBe(one);
    const lines = graphql.logLines.map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ level: "error", err: { message: "hunter2" } }]);
    expect(one?.errors).toMatchObject([{ message: `internal error; request id ${lines[0].requestId}` }]);
    watched.intercept = () => {};
    await completeJob(database(), owner, ACTOR);
    expect((await nextOf(feeds))[0]?.data).toMatchObject({ jobChanged: { status: "COMPLETED" } });
  });

  test("holds a bounded number of results, however many documents there are", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const documents = Array.from({ length: 40 }, (_, index) => `${CHANGED} # ${index}`);
    const pairs = documents.flatMap((document) => [document, document]);
    const feeds: Results[] = [];
    for (const document of pairs) feeds.push(await subscribe(graphql, document, { n: String(owner.job) }));
    const results: ExecutionResult[] = [];
    for (const feed of feeds) results.push(await next(feed));
    const isShared = documents.map((_, index) => results[2 * index] === results[2 * index + 1]);
    expect(isShared).toEqual(documents.map((_, index) => index < 32));
    expect(new Set(results.map(textOf)).size).toBe(1);
  });

  test("takes its results with it when nobody holds it any more", async () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const query = `subscription { jobProgress(number: ${owner.job}, minInterval: 0) { headBlock } }`;
    const feed = await subscribe(graphql, query);
    const old = new WeakRef(await next(feed));
    for (const headBlock of [1n, 2n]) {
      await reportLive(database(), owner, liveFigures({ headBlock }));
      await next(feed);
    }
    await expect
      .poll(() => {
        collect();
        return old.deref();
      })
      .toBeUndefined();
  });
});

describe("a feed that fails", () => {
  test.each([
    ["a refusal", new InvalidArgumentError("narrow it"), "narrow it", "INVALID_ARGUMENT", 0],
    ["a fault", new Error("hunter2"), /^internal error; request id /, "INTERNAL", 1],
    ["no error at all", "hunter2", /^internal error; request id /, "INTERNAL", 1],
  ])("with %s ends with a result that says why", async (_failure, error, message, code, logged) => {
    const graphql = await startGraphql(database());
    vi.spyOn(graphql.hub, "watch").mockResolvedValue({
      next: () => Promise.reject(error),
      [Symbol.asyncIterator]() {
        return this;
      },
    });
    const feed = await subscribe(graphql, CHANGED, { n: "1" });
    const expected = typeof message === "string" ? message : expect.stringMatching(message);
    expect((await next(feed)).errors).toMatchObject([{ message: expected, extensions: { code } }]);
    expect((await feed.next()).done).toBe(true);
    expect(graphql.logLines).toHaveLength(logged);
  });
});
