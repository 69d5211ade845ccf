import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { isEnded, JOB_STATUSES, type JobStatus } from "../../src/domain/job.ts";
import { registerDataset } from "../../src/store/dataset.ts";
import { removeJob } from "../../src/store/job-remove.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { clearJobs, type WrittenJob, writeJobs } from "../many-jobs.ts";
import { ACTOR, makeDeployment, useDatabase } from "../store-fixtures.ts";
import { dataOf, errorOf, type GraphqlServer, type Json, listOf, startGraphql } from "./start-graphql.ts";

const LIST = `query ($first: Int, $last: Int, $after: String, $before: String, $filter: JobFilter, $orderBy: JobOrder!) {
  jobs(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount isTotalCountExact countsByStatus { status count isExact }
    nodes { number status createdAt endedAt } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const NEWEST = { field: "NUMBER", direction: "DESC" };
const ORDERS = ["NUMBER", "CREATED_AT", "ENDED_AT"].flatMap((field) =>
  ["ASC", "DESC"].map((direction) => ({ field, direction })),
);
const START_MS = Date.parse("2026-01-01T00:00:00Z");

const database = useDatabase("pglite");
let dataset = { name: "", hash: "" };

beforeEach(async () => {
  const { name, manifestHash } = await makeDeployment(database());
  dataset = { name, hash: manifestHash };
});

async function listJobs(graphql: GraphqlServer, variables: object): Promise<Json> {
  const { jobs } = await dataOf(graphql, LIST, { orderBy: NEWEST, ...variables });
  if (jobs === undefined) throw new Error("the answer has no jobs");
  return jobs;
}

const numbersOf = (page: Json) => listOf(page.nodes).map(({ number }) => Number(number));

/** Three jobs share each millisecond, and every third one is active, of a dataset of its own. */
function jobOf(number: number, changes: Partial<WrittenJob> = {}): WrittenJob {
  const status: JobStatus = number % 3 === 0 ? "SCHEDULED" : number % 3 === 1 ? "FAILED" : "STOPPED";
  const atMs = START_MS + Math.floor(number / 3);
  return {
    number,
    status,
    name: status === "SCHEDULED" ? `eth_${number}` : dataset.name,
    hash: dataset.hash,
    nodeId: null,
    errorCode: null,
    createdMs: atMs,
    updatedMs: atMs,
    endedMs: status === "SCHEDULED" ? null : START_MS + ((number * 7) % 5),
    retryOf: null,
    ...changes,
  };
}

/** What a list of the order holds of the jobs, by the rule. */
function sorted(jobs: readonly WrittenJob[], { field, direction }: { field: string; direction: string }): number[] {
  const timeOf = (job: WrittenJob) =>
    field === "NUMBER" ? 0 : field === "CREATED_AT" ? job.createdMs : (job.endedMs ?? 0);
  const listed = jobs.filter((job) => field !== "ENDED_AT" || job.endedMs !== null);
  const upwards = listed.toSorted((a, b) => timeOf(a) - timeOf(b) || a.number - b.number);
  return (direction === "ASC" ? upwards : upwards.reverse()).map(({ number }) => number);
}

type Walk = { readonly orderBy: object; readonly size: number; readonly isBackwards: boolean };

/** Reads a list to its end, page by page, and lets something happen between them. */
async function readAll(graphql: GraphqlServer, walk: Walk, between: () => Promise<void>): Promise<number[]> {
  const { orderBy, size, isBackwards } = walk;
  const seen: number[] = [];
  let cursor: unknown = null;
  for (let isMore = true; isMore; ) {
    const bounds = isBackwards ? { last: size, before: cursor } : { first: size, after: cursor };
    const page = await listJobs(graphql, { orderBy, ...bounds });
    seen.push(...(isBackwards ? numbersOf(page).reverse() : numbersOf(page)));
    cursor = isBackwards ? page.pageInfo?.startCursor : page.pageInfo?.endCursor;
    isMore = Boolean(isBackwards ? page.pageInfo?.hasPreviousPage : page.pageInfo?.hasNextPage);
    await between();
  }
  return seen;
}

/** Ends an active job, and removes one that has ended. */
async function change({ number, status }: WrittenJob): Promise<void> {
  const request = { number: BigInt(number), deadlineMs: 0 };
  if (isEnded(status)) await removeJob(database(), request, ACTOR);
  else await stopJob(database(), request, ACTOR);
}

test.each(ORDERS)(
  "walking a list by $field $direction, either way, while jobs change and are pruned, misses and doubles none that stays",
  async (orderBy) => {
    const graphql = await startGraphql(database());
    const walks = fc.record({
      count: fc.integer({ min: 1, max: 14 }),
      size: fc.integer({ min: 1, max: 5 }),
      isBackwards: fc.boolean(),
      changes: fc.uniqueArray(fc.integer({ min: 0, max: 13 }), { maxLength: 8 }),
    });
    const property = fc.asyncProperty(walks, async ({ count, changes, ...walk }) => {
      await clearJobs(database());
      const jobs = Array.from({ length: count }, (_, index) => jobOf(index + 1));
      await writeJobs(database(), jobs);
      const left = changes.map((index) => jobs[index]).filter((job) => job !== undefined);
      const touched = new Set<number>();
      const seen = await readAll(graphql, { orderBy, ...walk }, async () => {
        // The row that the cursor was made of is as good as any other.
        for (const job of left.splice(0, 2)) {
          await change(job);
          touched.add(job.number);
        }
      });
      expect(new Set(seen).size).toBe(seen.length);
      const expected = sorted(jobs, orderBy);
      const stayed = (walk.isBackwards ? expected.toReversed() : expected).filter((number) => !touched.has(number));
      expect(seen.filter((number) => !touched.has(number))).toEqual(stayed);
    });
    await fc.assert(property, { numRuns: 15 });
  },
  60_000,
);

test("a list by the time of the end holds and counts ended jobs only", async () => {
  const graphql = await startGraphql(database());
  const jobs = Array.from({ length: 9 }, (_, index) => jobOf(index + 1));
  await writeJobs(database(), jobs);
  const orderBy = { field: "ENDED_AT", direction: "DESC" };
  const page = await listJobs(graphql, { orderBy });
  expect(numbersOf(page)).toEqual(sorted(jobs, orderBy));
  expect(page).toMatchObject({ totalCount: 6, isTotalCountExact: true });
  expect(await listJobs(graphql, { orderBy, filter: { status: ["SCHEDULED"] } })).toMatchObject({
    totalCount: 0,
    nodes: [],
  });
});

test("the counts name every status, and none of those that the filter leaves out", async () => {
  const graphql = await startGraphql(database());
  await writeJobs(
    database(),
    Array.from({ length: 9 }, (_, index) => jobOf(index + 1)),
  );
  const countsOf = async (filter: object) =>
    Object.fromEntries(
      listOf((await listJobs(graphql, { first: 0, filter })).countsByStatus).map(({ status, count, isExact }) => {
        expect(isExact).toBe(true);
        return [String(status), count];
      }),
    );
  const none = Object.fromEntries(JOB_STATUSES.map((status) => [status, 0]));
  expect(await countsOf({})).toEqual({ ...none, SCHEDULED: 3, FAILED: 3, STOPPED: 3 });
  expect(await countsOf({ status: ["FAILED"] })).toEqual({ ...none, FAILED: 3 });
});

test("every part of the filter selects by the list, the count and each other", async () => {
  const graphql = await startGraphql(database());
  const other = { kind: "evm-rpc", network: "anvil", start_block: 5 };
  const { hash } = await registerDataset(database(), {
    namespace: "_",
    name: dataset.name,
    manifest: { content: other },
  });
  const atMs = START_MS + 10_000;
  await writeJobs(database(), [
    jobOf(1, { status: "FAILED", endedMs: atMs, nodeId: "eu-1", errorCode: "ENDPOINT_FAILING" }),
    jobOf(2, { status: "STOPPED", endedMs: atMs + 1, retryOf: 1 }),
    jobOf(3, { status: "SCHEDULED", endedMs: null, name: dataset.name, hash, createdMs: atMs }),
    jobOf(4, { status: "SCHEDULED", endedMs: null, name: "elsewhere", updatedMs: atMs }),
  ]);
  const at = (ms: number) => new Date(ms).toISOString();
  const reference = `_/${dataset.name}`;
  const cases: [object, number[]][] = [
    [{}, [4, 3, 2, 1]],
    [{ status: null, dataset: null, nodeId: null, createdAt: null, retryOf: null }, [4, 3, 2, 1]],
    [{ status: ["FAILED", "STOPPED"] }, [2, 1]],
    [{ dataset: reference }, [3, 2, 1]],
    [{ dataset: `${reference}@dev` }, [3]],
    [{ dataset: `${reference}@${dataset.hash}` }, [2, 1]],
    [{ dataset: `${reference}@dev`, manifestHash: dataset.hash }, []],
    [{ dataset: `${reference}@dev`, manifestHash: hash }, [3]],
    [{ manifestHash: dataset.hash }, [4, 2, 1]],
    [{ nodeId: "eu-1" }, [1]],
    [{ errorCode: "ENDPOINT_FAILING" }, [1]],
    [{ retryOf: "1" }, [2]],
    [{ createdAt: { from: at(atMs) } }, [3]],
    [{ createdAt: { to: at(atMs) } }, [4, 2, 1]],
    [{ updatedAt: { from: at(atMs), to: at(atMs + 1) } }, [4]],
    [{ endedAt: {} }, [2, 1]],
    [{ endedAt: { from: at(atMs), to: at(atMs + 1) } }, [1]],
    [{ dataset: reference, status: ["STOPPED"], retryOf: "1", endedAt: { from: at(atMs) } }, [2]],
  ];
  for (const [filter, numbers] of cases) {
    const page = await listJobs(graphql, { filter });
    expect([filter, numbersOf(page), page.totalCount]).toEqual([filter, numbers, numbers.length]);
  }
});

test.each([
  [{ dataset: "_/nowhere" }, "DATASET_NOT_FOUND", "_/nowhere"],
  [{ dataset: "_/nowhere@dev" }, "DATASET_NOT_FOUND", "_/nowhere"],
  [{ dataset: "nowhere" }, "INVALID_ARGUMENT", '"nowhere"'],
])("a filter by %o is refused", async (filter, code, part) => {
  const error = await errorOf(await startGraphql(database()), LIST, { filter, orderBy: NEWEST });
  expect(error).toMatchObject({ message: expect.stringContaining(part), extensions: { code } });
});

test("a cursor of another order is refused in clear words, and one of a job that is gone is as good as ever", async () => {
  const graphql = await startGraphql(database());
  await writeJobs(
    database(),
    Array.from({ length: 6 }, (_, index) => jobOf(index + 1)),
  );
  const { pageInfo } = await listJobs(graphql, { first: 2 });
  const after = pageInfo?.endCursor;
  await removeJob(database(), { number: 5n }, ACTOR);
  expect(numbersOf(await listJobs(graphql, { after }))).toEqual([4, 3, 2, 1]);
  for (const orderBy of [
    { field: "NUMBER", direction: "ASC" },
    { field: "CREATED_AT", direction: "DESC" },
  ]) {
    const error = await errorOf(graphql, LIST, { after, orderBy });
    expect(error.message).toContain("is one of jobs by NUMBER DESC, not of jobs by");
  }
});
