import { setTimeout as sleep } from "node:timers/promises";
import { type ExecutionResult, GraphQLError } from "graphql";
import { describe, expect, test } from "vitest";
import { createRestDoor } from "../../src/http/rest-door.ts";
import { createRestRoutes } from "../../src/rest/routes.ts";
import { completeJob } from "../../src/store/job-own.ts";
import { removeJob } from "../../src/store/job-remove.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { reportLive } from "../../src/store/live.ts";
import { EventReader } from "../clients/event-reader.ts";
import { dataOf, startGraphql } from "../graphql/start-graphql.ts";
import { ask, startTestServer } from "../http-server.ts";
import { ACTOR, deploy, liveFigures, publish, startJob, takeAll, useDatabase } from "../store-fixtures.ts";

const database = useDatabase("pglite");
const stop = (number: bigint) => stopJob(database(), { number, deadlineMs: 60_000 }, ACTOR);
const sleepShortly = () => sleep(100);

/** GraphQL's progress of a job, after the state that it begins with. */
async function subscribe(server: Awaited<ReturnType<typeof startGraphql>>, job: bigint) {
  const query = "subscription ($n: BigInt!) { jobProgress(number: $n) { headBlock } }";
  const stream = await EventReader.open(server, { query, variables: { n: String(job) } });
  await stream.payload();
  return stream;
}

describe("GET /jobs/{id}/progress as events", () => {
  test("tells the progress now, then whenever it moves, and completes with the job", async () => {
    const server = await startGraphql(database());
    const { owner } = await startJob(database());
    const tables = await takeAll(database(), owner, ["blocks"]);
    const reader = await EventReader.get(server, `/jobs/${owner.job}/progress`);
    expect(reader.response.status).toBe(200);
    expect(JSON.parse((await reader.next())?.data ?? "")).toMatchObject({ job_status: "RUNNING", tables: {} });
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    const moved = (await reader.next())?.data;
    expect(JSON.parse(moved ?? "")).toMatchObject({ tables: { blocks: { current_block: 9, files_count: 1 } } });
    expect(moved).toBe((await ask(server.server, `/jobs/${owner.job}/progress`)).text);
    await completeJob(database(), owner, ACTOR);
    expect(JSON.parse((await reader.next())?.data ?? "")).toMatchObject({ job_status: "COMPLETED" });
    expect(await reader.next()).toEqual({ id: "end", event: "complete", data: "" });
    expect(await reader.next()).toBeUndefined();
  });

  test("tells nothing where what moves is not shown", async () => {
    const server = await startGraphql(database());
    const { owner } = await startJob(database());
    const tables = await takeAll(database(), owner, ["blocks"]);
    const reader = await EventReader.get(server, `/jobs/${owner.job}/progress`);
    expect(JSON.parse((await reader.next())?.data ?? "")).toMatchObject({ tables: {} });
    const stream = await subscribe(server, owner.job);
    // The head of the chain, which GraphQL shows.
    await reportLive(database(), owner, liveFigures({ headBlock: 1_000n }));
    expect(await stream.payload()).toMatchObject({ data: { jobProgress: { headBlock: "1000" } } });
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    expect(JSON.parse((await reader.next())?.data ?? "")).toMatchObject({ tables: { blocks: { current_block: 9 } } });
  });

  test("a client that comes back after the end is told so, once for all", async () => {
    const server = await startGraphql(database());
    const { owner } = await startJob(database());
    const headers = { accept: "text/event-stream", "last-event-id": "end" };
    expect(await ask(server.server, `/jobs/${owner.job}/progress`, { headers })).toMatchObject({
      status: 204,
      text: "",
    });
  });

  test("a job that is not there is refused before anything is streamed", async () => {
    const server = await startGraphql(database());
    const reader = await EventReader.get(server, "/jobs/999999/progress");
    expect(reader.response.status).toBe(404);
    expect(await reader.response.headers.get("content-type")).toBe("application/json");
  });
});

describe("GET /events as events", () => {
  test("gives what is kept, says where it is caught up, and goes on from a cursor without a gap", async () => {
    const server = await startGraphql(database());
    const { jobEventBounds } = await dataOf(server, "{ jobEventBounds { endCursor } }");
    const after = jobEventBounds?.endCursor;
    const job = await deploy(database());
    const first = await EventReader.get(server, `/events?after=${after}`);
    const scheduled = await first.next();
    expect(JSON.parse(scheduled?.data ?? "")).toMatchObject({ job_id: Number(job.number), event_type: "SCHEDULED" });
    expect(await first.next()).toEqual({
      id: scheduled?.id,
      event: "caught_up",
      data: `{"cursor":"${scheduled?.id}"}`,
    });
    first.close();
    await stop(job.number);
    // An EventSource repeats its address: where it was wins.
    const second = await EventReader.get(server, `/events?after=${after}`, { "last-event-id": scheduled?.id ?? "" });
    expect(JSON.parse((await second.next())?.data ?? "")).toMatchObject({ event_type: "STOPPED", actor: "alice" });
    expect(await second.next()).toMatchObject({ event: "caught_up" });
    await removeJob(database(), { number: job.number }, ACTOR);
    expect(JSON.parse((await second.next())?.data ?? "")).toMatchObject({
      event_type: "REMOVED",
      job_id: Number(job.number),
    });
  });

  test("ends when the server closes, so that the client comes back", async () => {
    const server = await startGraphql(database());
    const reader = await EventReader.get(server, "/events");
    expect(await reader.next()).toMatchObject({ event: "caught_up" });
    await server.server.close();
    expect(await reader.next()).toBeUndefined();
  });
});

describe("GET /events by long poll", () => {
  /** A poll, and how long it took. */
  async function poll(server: Awaited<ReturnType<typeof startGraphql>>, query: string) {
    const startedAt = performance.now();
    const { status, text } = await ask(server.server, `/events?${query}`);
    return { status, ms: performance.now() - startedAt, body: JSON.parse(text) };
  }

  test("waits for the first event, and no longer", async () => {
    const server = await startGraphql(database());
    const { body: now } = await poll(server, "");
    const waiting = poll(server, `after=${now.next_cursor}&wait=20`);
    await sleepShortly();
    const job = await deploy(database());
    const { body, ms } = await waiting;
    expect(body).toMatchObject({ events: [{ job_id: Number(job.number), event_type: "SCHEDULED" }] });
    expect(ms).toBeLessThan(10_000);
  });

  test("answers with nothing when its time is over, at the cursor where it was", async () => {
    const server = await startGraphql(database());
    const { body: now } = await poll(server, "");
    const { body, ms } = await poll(server, `after=${now.next_cursor}&wait=1`);
    expect(body).toEqual({ events: [], next_cursor: now.next_cursor, caught_up: true });
    expect(ms).toBeGreaterThanOrEqual(990);
  });

  test("pages through what is there, every event once, and says when there is no more", async () => {
    const server = await startGraphql(database());
    let { next_cursor: cursor } = (await poll(server, "")).body;
    const jobs = [];
    for (let count = 0; count < 5; count += 1) jobs.push(Number((await deploy(database())).number));
    const seen: number[] = [];
    for (;;) {
      const { body } = await poll(server, `after=${cursor}&limit=2`);
      expect(body.events.length).toBeLessThanOrEqual(2);
      seen.push(...body.events.map((event: { job_id: number }) => event.job_id));
      cursor = body.next_cursor;
      if (body.caught_up) break;
    }
    expect(seen).toEqual(jobs);
  });

  test("gives only what is asked for, and goes on behind the rest", async () => {
    const server = await startGraphql(database());
    const { body: now } = await poll(server, "");
    const [one, other] = [await deploy(database()), await deploy(database())];
    await stop(other.number);
    const of = async (query: string) =>
      (await poll(server, `after=${now.next_cursor}&${query}`)).body.events.map(
        ({ job_id: job, event_type: type }: { job_id: number; event_type: string }) => `${job} ${type}`,
      );
    expect(await of(`job_id=${one.number}`)).toEqual([`${one.number} SCHEDULED`]);
    expect(await of("event_type=stopped")).toEqual([`${other.number} STOPPED`]);
    expect(await of("actor=nobody")).toEqual([]);
  });

  test("a poll that waits is answered when the server closes", async () => {
    const server = await startGraphql(database());
    const waiting = poll(server, "wait=60");
    await sleepShortly();
    await server.server.close();
    expect(await waiting).toMatchObject({ status: 200, body: { events: [] } });
  });

  test("the subscription of a client that has gone is let go", async () => {
    const server = await startGraphql(database(), { maxSubscribers: 1 });
    const abort = new AbortController();
    const waiting = fetch(`${server.url}/events?wait=60`, { signal: abort.signal }).catch(() => "gone");
    const refused = { status: 503, body: { error_code: "UNAVAILABLE" } };
    await expect.poll(() => poll(server, "")).toMatchObject(refused);
    abort.abort();
    expect(await waiting).toBe("gone");
    await expect.poll(() => poll(server, "")).toMatchObject({ status: 200 });
  });
});

describe("a stream that fails on its way", () => {
  /** The feed's answer to an event, and then a result with an error. */
  async function streamOf(code: string): Promise<string> {
    const error = new GraphQLError("no matter", { extensions: { code } });
    async function* results(): AsyncGenerator<ExecutionResult, undefined> {
      yield { data: { jobEvents: { __typename: "CaughtUp", cursor: "7" } } };
      yield { data: null, errors: [error] };
      yield { data: { jobEvents: { __typename: "CaughtUp", cursor: "9" } } };
    }
    const pipeline = { run: () => Promise.reject(new Error("not asked")), subscribe: async () => results() };
    const server = await startTestServer();
    server.setHandlers({ routes: [createRestDoor(createRestRoutes(pipeline))], upgrades: [] });
    return (await ask(server, "/events", { headers: { accept: "text/event-stream" } })).text;
  }

  test.each(["DATABASE_UNAVAILABLE", "INTERNAL"])("by %s ends there, not for good", async (code) => {
    const text = await streamOf(code);
    expect(text).toContain('data: {"cursor":"7"}');
    expect(text).toMatch(/event: failed\ndata: \{"error_code":"(UNAVAILABLE|INTERNAL)"[^\n]+\n\n$/);
  });
});
