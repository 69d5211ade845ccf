import { expect, onTestFinished, test } from "vitest";
import { isEnded } from "../../src/domain/job.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { readLog } from "../../src/store/event-log.ts";
import { deployJob } from "../../src/store/job-deploy.ts";
import { removeJob } from "../../src/store/job-remove.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { createMigratedDatabase } from "../databases.ts";
import { ACTOR, makeDeployment } from "../store-fixtures.ts";
import { connect, type SocketClient } from "./socket-client.ts";
import { dataOf, errorOf, type GraphqlServer, type Json, listOf, post, startGraphql } from "./start-graphql.ts";

const EVENTS = `subscription ($after: String, $filter: JobEventFilter) { jobEvents(after: $after, filter: $filter) {
  __typename
  ... on JobEventReached { cursor event { sequence type jobNumber } }
  ... on CaughtUp { cursor }
  ... on Lagged { missed resumeFrom }
} }`;
const JOBS = `subscription ($filter: JobFilter) { jobsChanged(filter: $filter, minInterval: 1) {
  __typename
  ... on Job { number status version }
  ... on JobLeft { number reason }
  ... on JobsCaughtUp { jobsCount }
} }`;
const JOB = "subscription ($number: BigInt!) { jobChanged(number: $number) { status version } }";

/** 125 jobs with four events each. */
const WRITERS = 5;
const JOBS_PER_WRITER = 25;
const EVENTS_PER_JOB = 4;

async function openTwo() {
  const database = await openDatabase({ kind: "postgres", url: await createMigratedDatabase() });
  onTestFinished(() => database.close());
  const servers = [await startGraphql(database), await startGraphql(database)] as const;
  return { database, servers };
}

/** A job that is deployed, run again after its stop, and gone in the end: one writer's change after another. */
async function makeHistory(database: Database): Promise<void> {
  const deployment = await makeDeployment(database);
  const { job } = await deployJob(database, deployment, ACTOR);
  await stopJob(database, { number: job.number, deadlineMs: 0 }, ACTOR);
  const { job: second } = await deployJob(database, deployment, ACTOR);
  await removeJob(database, { number: job.number }, ACTOR);
  if (second.number % 2n === 0n) await stopJob(database, { number: second.number, deadlineMs: 0 }, ACTOR);
}

async function itemOf(client: SocketClient, field: string): Promise<Json> {
  const { [field]: item } = await client.data();
  if (item === undefined) throw new Error("the message has no item");
  return item;
}

test("jobEvents with reconnects at random, from server to server, is exactly the event log, in order", async () => {
  const { database, servers } = await openTwo();
  const seen: string[] = [];
  const isDone = { value: false };
  let after = "0";
  const read = async (server: GraphqlServer) => {
    const client = await connect(server);
    client.subscribe("1", EVENTS, { after });
    for (let left = 1 + Math.floor(Math.random() * 40); left > 0; left -= 1) {
      const { __typename, cursor, event } = await itemOf(client, "jobEvents");
      expect(["JobEventReached", "CaughtUp"]).toContain(String(__typename));
      if (event !== undefined) {
        expect(cursor).toBe(event.sequence);
        seen.push(`${event.sequence} ${event.type} ${event.jobNumber}`);
      }
      after = String(cursor);
      // A client that is caught up may wait for long: only the last event ends it.
      if (isDone.value && String(event?.type) === "REORG") break;
    }
    client.socket.terminate();
  };
  const follow = async () => {
    for (let turn = 0; !seen.at(-1)?.includes("REORG"); turn += 1) await read(servers[turn % 2 === 0 ? 0 : 1]);
  };
  const following = follow();
  const write = async () => {
    for (let count = 0; count < JOBS_PER_WRITER; count += 1) await makeHistory(database);
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  isDone.value = true;
  await database.prisma.$executeRaw`insert into job_event (job_number, type, node_id) values (1, 'REORG', 'last')`;
  await following;
  const { events } = await readLog(database, { after: 0n, limit: 100_000 });
  expect(events.length).toBeGreaterThan(WRITERS * JOBS_PER_WRITER * EVENTS_PER_JOB);
  expect(seen).toEqual(events.map(({ sequence, type, jobNumber }) => `${sequence} ${type} ${jobNumber}`));
  // The same log, page by page, with the same cursors, either way.
  for (const query of ["first: 10000, after: $at", "last: 10000, before: $at"]) {
    const at = String(events[100]?.sequence);
    const answer = await dataOf(
      servers[0],
      `query ($at: String) { jobEvents(${query}) { edges { cursor node { sequence } } } jobEventBounds { startCursor endCursor } }`,
      { at },
    );
    const sequences = events.map(({ sequence }) => String(sequence));
    const expected = query.startsWith("first") ? sequences.slice(101) : sequences.slice(0, 100);
    expect(listOf(answer.jobEvents?.edges).map(({ cursor }) => cursor)).toEqual(expected);
    expect(answer.jobEventBounds).toEqual({ startCursor: "0", endCursor: sequences.at(-1) });
  }
}, 120_000);

test("jobsChanged and jobChanged end with exactly the final states, and jobsChanged says what left", async () => {
  const { database, servers } = await openTwo();
  const held = new Map<string, string>();
  const client = await connect(servers[0]);
  client.subscribe("1", JOBS, { filter: { status: ["SCHEDULED", "STOPPED"] } });
  expect(await itemOf(client, "jobsChanged")).toEqual({ __typename: "JobsCaughtUp", jobsCount: 0 });
  const { job: last } = await deployJob(database, await makeDeployment(database), ACTOR);
  const one = await connect(servers[1]);
  one.subscribe("1", JOB, { number: String(last.number) });
  expect(await itemOf(one, "jobChanged")).toEqual({ status: "SCHEDULED", version: 1 });
  const write = async () => {
    for (let count = 0; count < JOBS_PER_WRITER; count += 1) await makeHistory(database);
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  await stopJob(database, { number: last.number, deadlineMs: 0 }, ACTOR);
  expect(await itemOf(one, "jobChanged")).toEqual({ status: "STOPPED", version: 2 });
  expect(await one.next()).toEqual({ id: "1", type: "complete" });
  const rows = await database.prisma.job.findMany();
  const expected = new Map(rows.map(({ number, status, version }) => [String(number), `${status} ${version}`]));
  expect(rows.some(({ status }) => isEnded(status)) && rows.some(({ status }) => !isEnded(status))).toBe(true);
  while (JSON.stringify([...held].toSorted()) !== JSON.stringify([...expected].toSorted())) {
    const { __typename, number, reason, status, version } = await itemOf(client, "jobsChanged");
    if (String(__typename) === "Job") held.set(String(number), `${status} ${version}`);
    else {
      expect({ __typename, reason }).toEqual({ __typename: "JobLeft", reason: "REMOVED" });
      // Only what was given can leave.
      expect(held.delete(String(number))).toBe(true);
    }
  }
}, 120_000);

test("a job that the filter no longer selects leaves the feed", async () => {
  const { database, servers } = await openTwo();
  const { job } = await deployJob(database, await makeDeployment(database), ACTOR);
  const client = await connect(servers[0]);
  client.subscribe("1", JOBS, { filter: { status: ["SCHEDULED"], dataset: `_/${job.name}` } });
  const number = String(job.number);
  expect(await itemOf(client, "jobsChanged")).toEqual({ __typename: "Job", number, status: "SCHEDULED", version: 1 });
  expect(await itemOf(client, "jobsChanged")).toEqual({ __typename: "JobsCaughtUp", jobsCount: 1 });
  await stopJob(database, { number: job.number, deadlineMs: 0 }, ACTOR);
  expect(await itemOf(client, "jobsChanged")).toEqual({ __typename: "JobLeft", number, reason: "CHANGED" });
});

test("without a cursor the log is followed from now on, and a filter selects by job, dataset, type and actor", async () => {
  const { database, servers } = await openTwo();
  const { job } = await deployJob(database, await makeDeployment(database), ACTOR);
  const { job: other } = await deployJob(database, await makeDeployment(database), { ...ACTOR, name: "bob" });
  const client = await connect(servers[0]);
  const filters = [
    { jobNumbers: [String(job.number)] },
    { dataset: `_/${job.name}` },
    { types: ["STOPPED"], actor: "alice" },
    { types: null, actor: null, dataset: null, jobNumbers: null },
  ];
  for (const [index, filter] of filters.entries()) {
    client.subscribe(String(index), EVENTS, { filter });
    expect((await itemOf(client, "jobEvents")).__typename).toBe("CaughtUp");
  }
  await stopJob(database, { number: other.number, deadlineMs: 0 }, { ...ACTOR, name: "bob" });
  await stopJob(database, { number: job.number, deadlineMs: 0 }, ACTOR);
  const given: unknown[] = [];
  while (given.length < filters.length + 1) {
    const { id, payload } = await client.next();
    given.push(`${id} ${payload?.data?.jobEvents?.event?.jobNumber}`);
  }
  expect(given.toSorted()).toEqual(
    [...filters.keys()]
      .map((index) => `${index} ${job.number}`)
      .concat(`3 ${other.number}`)
      .toSorted(),
  );
  const query = "query ($filter: JobEventFilter) { jobEvents(filter: $filter) { nodes { jobNumber type } } }";
  const { jobEvents } = await dataOf(servers[1], query, { filter: filters[2] });
  expect(jobEvents?.nodes).toEqual([{ jobNumber: String(job.number), type: "STOPPED" }]);
  const refused = await errorOf(servers[1], query, { filter: { dataset: `_/${job.name}@dev` } });
  expect(refused.message).toContain("without a revision");
});

test("a client whose cursor retention has overtaken is told how much it missed, and goes on", async () => {
  const { database, servers } = await openTwo();
  await makeHistory(database);
  const { events } = await readLog(database, { after: 0n, limit: 100 });
  const droppedTo = events[1]?.sequence ?? 0n;
  await database.prisma.$transaction([
    database.prisma.$queryRaw`select set_config('amp.retention', 'on', true)`,
    database.prisma.$executeRaw`delete from job_event where sequence <= ${droppedTo}`,
  ]);
  const late = await startGraphql(database);
  const client = await connect(late);
  client.subscribe("1", EVENTS, { after: "0" });
  const resumeFrom = String(droppedTo);
  expect(await itemOf(client, "jobEvents")).toEqual({ __typename: "Lagged", missed: resumeFrom, resumeFrom });
  expect((await itemOf(client, "jobEvents")).event?.sequence).toBe(String(events[2]?.sequence));
  const bounds = await dataOf(servers[0], "{ jobEventBounds { startCursor } }");
  expect(bounds.jobEventBounds).toEqual({ startCursor: resumeFrom });
});

test.each([
  ["x", "cursor 'x' is not one of the event log"],
  ["999999", "cursor '999999' is not one of this log"],
])("the log is not followed from %s", async (after, message) => {
  const { servers } = await openTwo();
  const client = await connect(servers[0]);
  client.subscribe("1", EVENTS, { after });
  const { payload } = await client.next();
  expect(JSON.stringify(payload)).toContain(message);
  expect(JSON.stringify(payload)).toContain("INVALID_ARGUMENT");
});

test("an interval that is too long is refused", async () => {
  const { servers } = await openTwo();
  const client = await connect(servers[0]);
  client.subscribe("1", "subscription { jobsChanged(minInterval: 60001) { __typename } }");
  expect(JSON.stringify((await client.next()).payload)).toContain("minInterval must be from 0 to 60000 ms, not 60001");
});

test("what a door says of the last event wins over the argument, and each item carries its cursor", async () => {
  const { database, servers } = await openTwo();
  await makeHistory(database);
  const { events } = await readLog(database, { after: 0n, limit: 100 });
  const lastEventId = String(events[0]?.sequence);
  const operation = await servers[0].pipeline.prepare(
    { query: EVENTS, variables: { after: "0" } },
    { requestId: "r", lastEventId },
  );
  if (!("args" in operation)) throw new Error("the operation is refused");
  const results = await operation.subscribe();
  if (!(Symbol.asyncIterator in results)) throw new Error("there is no stream");
  const { value } = await results.next();
  await results.return?.();
  expect(value?.data?.jobEvents).toMatchObject({ cursor: String(events[1]?.sequence) });
  expect((await post(servers[0], "{ viewer { name role } server { role } }")).data).toEqual({
    viewer: { name: null, role: "ADMIN" },
    server: { role: "CONTROLLER" },
  });
});
