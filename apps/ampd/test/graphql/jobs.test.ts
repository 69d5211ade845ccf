import { expect, test } from "vitest";
import { listEvents } from "../../src/store/event.ts";
import { scheduleRetry } from "../../src/store/job-own.ts";
import { removeJob } from "../../src/store/job-remove.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import {
  ACTOR,
  claim,
  deploy,
  FAILURE,
  makeJobIn,
  publish,
  startJob,
  takeAll,
  useDatabase,
} from "../store-fixtures.ts";
import { dataOf, errorOf, type GraphqlServer, type Json, listOf, startGraphql } from "./start-graphql.ts";

const PAGE = `query ($first: Int, $last: Int, $after: String, $before: String, $filter: JobFilter) {
  jobs(first: $first, last: $last, after: $after, before: $before, filter: $filter) {
    totalCount nodes { number } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const EVENTS = `query ($n: BigInt!, $first: Int, $last: Int, $after: String, $before: String, $statusOnly: Boolean! = false) {
  job(number: $n) { events(first: $first, last: $last, after: $after, before: $before, statusOnly: $statusOnly) {
    nodes { sequence type } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } }
}`;

const database = useDatabase("pglite");

const numbersOf = (page: Json) => listOf(page.nodes).map(({ number }) => BigInt(String(number)));

async function jobsOf(graphql: GraphqlServer, variables: object = {}): Promise<Json> {
  const { jobs } = await dataOf(graphql, PAGE, variables);
  if (jobs === undefined) throw new Error("the answer has no jobs");
  return jobs;
}

/** Deploys jobs that have ended, oldest first. */
async function endedJobs(count: number): Promise<bigint[]> {
  const numbers: bigint[] = [];
  while (numbers.length < count) {
    const { number } = await deploy(database());
    await stopJob(database(), { number, deadlineMs: 0 }, ACTOR);
    numbers.push(number);
  }
  return numbers;
}

test("jobs are read newest first, with the count of all, and a job's fields have their units and types", async () => {
  const graphql = await startGraphql(database());
  const numbers = await endedJobs(3);
  const page = await jobsOf(graphql, { first: 2 });
  expect(numbersOf(page)).toEqual(numbers.toReversed().slice(0, 2));
  expect(page).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
});

test.each([
  ["forwards", false],
  ["backwards", true],
])(
  "paging %s over jobs, with rows removed and added between pages, misses and doubles none that stays",
  async (_direction, isBackwards) => {
    const graphql = await startGraphql(database());
    const numbers = await endedJobs(9);
    const seen: bigint[] = [];
    const added: bigint[] = [];
    let cursor: unknown = null;
    let isMore = true;
    while (isMore) {
      const page = await jobsOf(graphql, isBackwards ? { last: 2, before: cursor } : { first: 2, after: cursor });
      seen.push(...(isBackwards ? numbersOf(page).reverse() : numbersOf(page)));
      const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo ?? {};
      cursor = isBackwards ? startCursor : endCursor;
      isMore = Boolean(isBackwards ? hasPreviousPage : hasNextPage);
      // The row that the cursor was made of goes, and a new one comes at the head of the list.
      await removeJob(database(), { number: seen.at(-1) ?? 0n }, ACTOR);
      if (added.length < 2) added.push(...(await endedJobs(1)));
    }
    // Read backwards the list ends at its head, where the new ones stand.
    expect(seen).toEqual(isBackwards ? [...numbers, ...added] : numbers.toReversed());
  },
);

test("jobs are filtered by status and manifest, on every page and in the count", async () => {
  const graphql = await startGraphql(database());
  const { job: failed } = await makeJobIn(database(), "FAILED");
  const { job: running } = await makeJobIn(database(), "RUNNING");
  await endedJobs(1);
  const some = await jobsOf(graphql, { filter: { status: ["RUNNING", "FAILED"] } });
  expect([numbersOf(some), some.totalCount]).toEqual([[running.number, failed.number], 2]);
  // Datasets of equal manifests share their hash.
  const all = await jobsOf(graphql, { filter: { manifestHash: failed.manifestHash, status: ["FAILED"] } });
  expect(numbersOf(all)).toEqual([failed.number]);
  expect(await jobsOf(graphql, { filter: { status: [] } })).toMatchObject({ totalCount: 0, nodes: [] });
  expect(await jobsOf(graphql, { filter: { manifestHash: "none" } })).toMatchObject({ totalCount: 0 });
});

test.each([
  [{ first: 1, last: 1 }, "give first or last, not both"],
  [{ first: 1_001 }, "first must be from 0 to 1000, not 1001"],
  [{ last: -1 }, "last must be from 0 to 1000, not -1"],
  [{ after: "garbage" }, "cursor 'garbage' is not one that this server made"],
])("jobs with %o are refused", async (variables, message) => {
  const graphql = await startGraphql(database());
  expect(await errorOf(graphql, PAGE, variables)).toMatchObject({ message, extensions: { code: "INVALID_ARGUMENT" } });
});

test("a page of no jobs still counts them", async () => {
  const graphql = await startGraphql(database());
  await endedJobs(2);
  for (const size of [{ first: 0 }, { last: 0 }]) {
    expect(await jobsOf(graphql, size)).toMatchObject({ totalCount: 2, nodes: [], edges: [] });
  }
});

test("events are paged both ways, and those that come between pages are met at the end", async () => {
  const graphql = await startGraphql(database());
  const { owner, worker } = await startJob(database());
  const eventsOf = async (variables: object): Promise<Json> => {
    const { job } = await dataOf(graphql, EVENTS, { n: String(owner.job), ...variables });
    if (job?.events === undefined) throw new Error("the answer has no events");
    return job.events;
  };
  const typesOf = (events: Json) => listOf(events.nodes).map(({ type }) => String(type));
  await scheduleRetry(database(), owner, { actor: ACTOR, failure: FAILURE, delayMs: 0, counted: false });

  const types: string[] = [];
  let after: unknown = null;
  let isMore = true;
  while (isMore) {
    const events = await eventsOf({ first: 2, after });
    types.push(...typesOf(events));
    if (types.length === 2) await claim(database(), worker);
    after = events.pageInfo?.endCursor;
    isMore = Boolean(events.pageInfo?.hasNextPage);
  }
  const expected = ["SCHEDULED", "RUNNING", "RETRY_SCHEDULED", "SCHEDULED", "RUNNING"];
  expect(types).toEqual(expected);
  const last = await eventsOf({ last: 2 });
  expect(typesOf(last)).toEqual(expected.slice(-2));
  expect(typesOf(await eventsOf({ last: 2, before: last.pageInfo?.startCursor }))).toEqual(expected.slice(1, 3));
  expect(typesOf(await eventsOf({ statusOnly: true }))).toEqual(["SCHEDULED", "RUNNING", "SCHEDULED", "RUNNING"]);
  const tooMany = await errorOf(graphql, EVENTS, { n: String(owner.job), first: 10_001 });
  expect(tooMany.message).toBe("first must be from 0 to 10000, not 10001");
});

test("one event is found by its job and sequence, also when the job is gone", async () => {
  const graphql = await startGraphql(database());
  const [number = 0n] = await endedJobs(1);
  await removeJob(database(), { number, reason: "tidy" }, ACTOR);
  const events = await listEvents(database(), { job: number });
  const query =
    "query ($job: BigInt!, $sequence: BigInt!) { jobEvent(job: $job, sequence: $sequence) { type reason actor nodeId requestId detail } }";
  const sequence = String(events.at(-1)?.sequence);
  expect(await dataOf(graphql, query, { job: String(number), sequence })).toEqual({
    jobEvent: {
      type: "REMOVED",
      reason: "tidy",
      actor: "alice",
      nodeId: "controller-1",
      requestId: "request-1",
      detail: { status: "STOPPED" },
    },
  });
  expect(await dataOf(graphql, query, { job: String(number + 1n), sequence })).toEqual({ jobEvent: null });
  expect(await dataOf(graphql, query, { job: "-1", sequence: "9223372036854775807" })).toEqual({ jobEvent: null });
});

test("a job shows its descriptor, dataset, tables, progress, error and what can be done with it", async () => {
  const graphql = await startGraphql(database());
  const { owner, job } = await startJob(database(), { endBlock: "99", verify: true, parallelism: 3 });
  const tables = await takeAll(database(), owner, ["blocks"]);
  await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
  await scheduleRetry(database(), owner, { actor: ACTOR, failure: FAILURE, delayMs: 60_000, counted: true });
  const query = `{ job(number: ${job.number}) {
    status version attempt failures nodeId allowedActions retryOf startedAt endedAt
    descriptor { kind datasetNamespace datasetName manifestHash endBlock parallelism verify nodeSelector }
    dataset { name } tables { name currentBlock location }
    progress { jobNumber jobStatus startBlock currentBlock rowCount filesCount lagBlocks tables { table rowCount } }
    lastError { code message retryable attempt fields causes }
  } }`;
  expect((await dataOf(graphql, query)).job).toMatchObject({
    status: "SCHEDULED",
    version: 3,
    attempt: 1,
    failures: 1,
    nodeId: job.nodeId,
    allowedActions: ["STOP"],
    retryOf: null,
    startedAt: job.startedAt?.toISOString(),
    endedAt: null,
    descriptor: {
      kind: "materialize-raw",
      datasetNamespace: "_",
      datasetName: job.name,
      manifestHash: job.manifestHash,
      endBlock: "99",
      parallelism: 3,
      verify: true,
      nodeSelector: job.nodeSelector,
    },
    dataset: { name: job.name },
    tables: [{ name: "blocks", currentBlock: "9", location: `/files/_/${job.name}/blocks/${tables[0]?.revision}` }],
    progress: {
      jobNumber: String(job.number),
      jobStatus: "SCHEDULED",
      startBlock: "0",
      currentBlock: "9",
      rowCount: "10",
    },
    lastError: { code: FAILURE.code, message: FAILURE.message, retryable: true, attempt: 1 },
  });
});
