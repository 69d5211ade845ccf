import { expect, test } from "vitest";
import { JOB_STATUSES, type JobStatus } from "../../src/domain/job.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { ACTOR, deploy, makeJobIn, useDatabase } from "../store-fixtures.ts";
import { type Client, type Reply, refusal, serve } from "./rest-server.ts";

const database = useDatabase("pglite");

const ACTIVE = ["SCHEDULED", "RUNNING", "STOP_REQUESTED", "STOPPING"];
const ENDED = ["COMPLETED", "STOPPED", "FAILED"];

async function makeOneOfEach(): Promise<Map<JobStatus, number>> {
  const numbers = new Map<JobStatus, number>();
  for (const status of JOB_STATUSES) numbers.set(status, Number((await makeJobIn(database(), status)).job.number));
  return numbers;
}

async function deployMany(count: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let i = 0; i < count; i += 1) numbers.push(Number((await deploy(database())).number));
  return numbers;
}

type Page = {
  readonly jobs: readonly { readonly id: number; readonly status: string }[];
  readonly next_cursor?: number;
};

function pageOf({ status, body }: Reply): Page {
  expect(status).toBe(200);
  // The reply was held against the documented schema.
  return body as Page;
}

async function statusesOf(rest: Client, filter: string): Promise<string[]> {
  const { jobs } = pageOf(await rest(`GET /jobs?limit=1000${filter}`));
  return [...new Set(jobs.map(({ status }) => status))].sort();
}

test("GET /jobs lists the newest first, and its cursor is the last id of the page", async () => {
  const numbers = await deployMany(3);
  const rest = await serve(database());
  const page = pageOf(await rest("GET /jobs"));
  expect(page.jobs.map(({ id }) => id)).toEqual(numbers.toReversed());
  expect(page.next_cursor).toBe(numbers[0]);
  const second = pageOf(await rest(`GET /jobs?limit=1&last_job_id=${numbers[2]}`));
  expect(second).toMatchObject({ jobs: [{ id: numbers[1] }], next_cursor: numbers[1] });
});

test("an empty page is an empty list without a cursor", async () => {
  const rest = await serve(database());
  expect((await rest("GET /jobs")).text).toBe('{"jobs":[]}');
});

test("a page has 50 jobs unless told, and 1000 at most", async () => {
  await deployMany(51);
  const rest = await serve(database());
  expect(pageOf(await rest("GET /jobs")).jobs).toHaveLength(50);
  expect(pageOf(await rest("GET /jobs?limit=1")).jobs).toHaveLength(1);
  expect(pageOf(await rest("GET /jobs?limit=1000")).jobs).toHaveLength(51);
});

test("a client that pages while there is a cursor sees every job once, and ends", async () => {
  const numbers = await deployMany(7);
  const rest = await serve(database());
  const seen: number[] = [];
  let cursor: number | undefined;
  do {
    const page = pageOf(await rest(`GET /jobs?limit=3${cursor === undefined ? "" : `&last_job_id=${cursor}`}`));
    seen.push(...page.jobs.map(({ id }) => id));
    cursor = page.next_cursor;
    expect(seen.length).toBeLessThanOrEqual(numbers.length);
  } while (cursor !== undefined);
  expect(seen).toEqual(numbers.toReversed());
});

test("a client that pages until an empty page sees every job once, also while jobs go", async () => {
  const numbers = await deployMany(6);
  const rest = await serve(database());
  const seen: number[] = [];
  let page = pageOf(await rest("GET /jobs?limit=3"));
  while (page.jobs.length > 0) {
    seen.push(...page.jobs.map(({ id }) => id));
    const last = seen.at(-1) ?? 0;
    // The row of the cursor leaves the filter.
    await stopJob(database(), { number: BigInt(last), deadlineMs: 1_000 }, ACTOR);
    page = pageOf(await rest(`GET /jobs?limit=3&last_job_id=${last}`));
  }
  expect(seen).toEqual(numbers.toReversed());
});

test("status filters by the words of the contract, in any case", async () => {
  await makeOneOfEach();
  const rest = await serve(database());
  const all = [...JOB_STATUSES].sort();
  for (const [filter, expected] of [
    ["", ACTIVE],
    ["&status=active", ACTIVE],
    ["&status=ACTIVE", ACTIVE],
    ["&status=all", all],
    ["&status=terminal", ENDED],
    ["&status=Terminal", ENDED],
    ["&status=completed", ["COMPLETED"]],
    ["&status=Error", ["FAILED"]],
    ["&status=fatal", ["FAILED"]],
    ["&status=failed", ["FAILED"]],
    ["&status=running,stop_requested", ["RUNNING", "STOP_REQUESTED"]],
    ["&status=Running%2CSTOPPED", ["RUNNING", "STOPPED"]],
    ["&status=failed,error,fatal", ["FAILED"]],
    ["&status=scheduled,+stopping", ["SCHEDULED", "STOPPING"]],
    ["&%73tatus=stopped", ["STOPPED"]],
    ["&other=1", ACTIVE],
  ] as const) {
    const statuses = await statusesOf(rest, filter);
    // `makeJobIn` ends a job on its way to SCHEDULED: one COMPLETED more changes no set.
    expect(statuses, filter).toEqual([...expected].sort());
  }
});

test.each([
  ["limit=0", "LIMIT_INVALID"],
  ["limit=00", "LIMIT_INVALID"],
  ["limit=1001", "LIMIT_TOO_LARGE"],
  ["limit=99999999999999999999", "LIMIT_TOO_LARGE"],
  ["limit=-1", "INVALID_QUERY_PARAMETERS"],
  ["limit=abc", "INVALID_QUERY_PARAMETERS"],
  ["limit=1.5", "INVALID_QUERY_PARAMETERS"],
  ["limit=", "INVALID_QUERY_PARAMETERS"],
  ["limit=+5", "INVALID_QUERY_PARAMETERS"],
  ["limit=5&limit=5", "INVALID_QUERY_PARAMETERS"],
  ["limit=5&l%69mit=6", "INVALID_QUERY_PARAMETERS"],
  ["last_job_id=abc", "INVALID_QUERY_PARAMETERS"],
  ["last_job_id=0", "INVALID_QUERY_PARAMETERS"],
  ["last_job_id=-7", "INVALID_QUERY_PARAMETERS"],
  ["last_job_id=9223372036854775808", "INVALID_QUERY_PARAMETERS"],
  ["last_job_id=1&last_job_id=2", "INVALID_QUERY_PARAMETERS"],
  ["status=nonsense", "INVALID_QUERY_PARAMETERS"],
  ["status=running,nonsense", "INVALID_QUERY_PARAMETERS"],
  ["status=", "INVALID_QUERY_PARAMETERS"],
  ["status=running,", "INVALID_QUERY_PARAMETERS"],
  ["status=toString", "INVALID_QUERY_PARAMETERS"],
  ["status=all&status=all", "INVALID_QUERY_PARAMETERS"],
  ["status=%zz", "INVALID_QUERY_PARAMETERS"],
  ["status=%ff", "INVALID_QUERY_PARAMETERS"],
  ["%=1", "INVALID_QUERY_PARAMETERS"],
])("GET /jobs?%s is refused as %s", async (query, code) => {
  const rest = await serve(database());
  expect(await rest(`GET /jobs?${query}`)).toEqual(refusal(400, code));
});

test("an unknown status word is named beside those that are known", async () => {
  const rest = await serve(database());
  expect(await rest("GET /jobs?status=runing")).toEqual(
    refusal(
      400,
      "INVALID_QUERY_PARAMETERS",
      'status "runing" is not known: use active, all, terminal, scheduled, running, stop_requested, stopping, completed, stopped, failed, error or fatal',
    ),
  );
});
