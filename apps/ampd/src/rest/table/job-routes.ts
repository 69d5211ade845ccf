import { z } from "zod";
import { JobNotFoundError } from "../../domain/errors.ts";
import { cursorOfJob } from "../../graphql/job-cursor.ts";
import { document } from "../document.ts";
import { type Route, route } from "../route.ts";
import { int64 } from "../wire.ts";
import { ifMatch, ifNoneMatch, jobTag, prefersRepresentation } from "./headers.ts";
import { EXAMPLE_JOB, JOB_INFO, type JobData, jobInfo, toJobInfo } from "./job-info.ts";
import { jobId, lastJobId, pageLimit } from "./parameters.ts";
import { pruneFilter, statusFilter } from "./status-words.ts";

/** On an answer that tells of one job. */
const TAG = {
  etag: { description: "The job's version, for `If-Match` and `If-None-Match`.", schema: { type: "string" } },
};

const listJobs = route({
  method: "GET",
  path: "/jobs",
  tag: "jobs",
  name: "listJobs",
  summary: "Jobs, newest first, page by page.",
  query: {
    code: "INVALID_QUERY_PARAMETERS",
    parameters: { limit: pageLimit, last_job_id: lastJobId, status: statusFilter },
  },
  document: document<{ jobs: { nodes: JobData[] } }>(`
    query Jobs($limit: Int!, $after: String, $status: [JobStatus!]) {
      jobs(first: $limit, after: $after, filter: { status: $status }) { nodes { ...JobInfo } }
    }
    ${JOB_INFO}
  `),
  answers: {
    200: {
      description: "A page. `next_cursor` is the last row's id; an empty page has none.",
      schema: z.strictObject({ jobs: z.array(jobInfo), next_cursor: int64.optional() }).meta({ id: "JobsPage" }),
      example: { jobs: [EXAMPLE_JOB], next_cursor: 42 },
    },
  },
  refusals: {},
  variables: ({ query }) => ({
    limit: query.limit,
    status: query.status,
    ...(query.last_job_id === undefined ? {} : { after: cursorOfJob(query.last_job_id) }),
  }),
  success: ({ jobs: { nodes } }) => {
    const jobs = nodes.map(toJobInfo);
    const last = jobs.at(-1);
    return { status: 200, body: { jobs, ...(last === undefined ? {} : { next_cursor: last.id }) } };
  },
});

type PruneCounts = { completed: number; stopped: number; failed: number; total: number };

const PRUNED = { "x-pruned-jobs": { description: "How many jobs were removed.", schema: { type: "integer" } } };

const pruneJobs = route({
  method: "DELETE",
  path: "/jobs",
  tag: "jobs",
  name: "pruneJobs",
  summary: "Removes ended jobs; their events and their data stay. `X-Pruned-Jobs` tells how many.",
  query: { code: "INVALID_QUERY_PARAM", parameters: { status: pruneFilter } },
  headers: { prefer: prefersRepresentation },
  document: document<{ pruneJobs: PruneCounts }>(`
    mutation PruneJobs($status: [JobStatus!]!) {
      pruneJobs(input: { status: $status }) {
        ... on PruneJobsPayload { completed stopped failed total }
        ... on Error { refusal: code message }
      }
    }
  `),
  answers: {
    204: { description: "Done.", headers: PRUNED },
    200: {
      description: "Done; asked for with `Prefer: return=representation`.",
      headers: {
        ...PRUNED,
        "preference-applied": { description: "What was asked for.", schema: { const: "return=representation" } },
      },
      example: { total: 4, counts: { COMPLETED: 2, STOPPED: 1, FAILED: 1 } },
      schema: z
        .strictObject({
          total: z.int(),
          counts: z.strictObject({ COMPLETED: z.int(), STOPPED: z.int(), FAILED: z.int() }),
        })
        .meta({ id: "PruneCounts" }),
    },
  },
  refusals: { INVALID_ARGUMENT: "INVALID_QUERY_PARAM" },
  variables: ({ query }) => ({ status: query.status }),
  success: ({ pruneJobs: { completed, stopped, failed, total } }, { headers }) => {
    const pruned = { "x-pruned-jobs": String(total) };
    if (!headers.prefer) return { status: 204, headers: pruned };
    return {
      status: 200,
      headers: { ...pruned, "preference-applied": "return=representation" },
      body: { total, counts: { COMPLETED: completed, STOPPED: stopped, FAILED: failed } },
    };
  },
});

const getJob = route({
  method: "GET",
  path: "/jobs/:id",
  tag: "jobs",
  name: "getJob",
  summary: "One job.",
  params: { id: jobId },
  headers: { "if-none-match": ifNoneMatch },
  document: document<{ job: JobData | null }>(`
    query Job($number: BigInt!) { job(number: $number) { ...JobInfo } }
    ${JOB_INFO}
  `),
  answers: {
    200: { description: "The job.", headers: TAG, schema: jobInfo, example: EXAMPLE_JOB },
    304: { description: "The client has it as it is.", headers: TAG },
  },
  refusals: { JOB_NOT_FOUND: "JOB_NOT_FOUND" },
  variables: ({ params }) => ({ number: String(params.id) }),
  success: ({ job }, { params, headers }) => {
    if (job === null) throw new JobNotFoundError(params.id);
    const tag = jobTag(job.version);
    // It may be kept, and is asked for again each time.
    const kept = { etag: tag, "cache-control": "private, no-cache" };
    if (headers["if-none-match"](tag)) return { status: 304, headers: kept };
    return { status: 200, headers: kept, body: toJobInfo(job) };
  },
});

const removeJob = route({
  method: "DELETE",
  path: "/jobs/:id",
  tag: "jobs",
  name: "removeJob",
  summary: "Removes an ended job; its events and its data stay.",
  params: { id: jobId },
  headers: { "if-match": ifMatch },
  document: document<unknown>(`
    mutation RemoveJob($number: BigInt!, $expectedVersion: Int) {
      removeJob(input: { number: $number, expectedVersion: $expectedVersion }) { __typename ... on Error { refusal: code message } }
    }
  `),
  answers: { 204: { description: "There is no such job any more, or there was none." } },
  refusals: { JOB_CONFLICT: "JOB_CONFLICT", VERSION_CONFLICT: "PRECONDITION_FAILED" },
  variables: ({ params, headers }) => ({ number: String(params.id), expectedVersion: headers["if-match"] }),
  success: () => ({ status: 204 }),
});

const stopJob = route({
  method: "PUT",
  path: "/jobs/:id/stop",
  tag: "jobs",
  name: "stopJob",
  summary: "Asks for a stop. A job that has ended, or stops already, stays as it is.",
  params: { id: jobId },
  headers: { "if-match": ifMatch },
  document: document<{ stopJob: { job: { version: number } } }>(`
    mutation StopJob($number: BigInt!, $expectedVersion: Int) {
      stopJob(input: { number: $number, expectedVersion: $expectedVersion }) {
        ... on StopJobPayload { job { version } }
        ... on Error { refusal: code message }
      }
    }
  `),
  answers: { 200: { description: "It stops, or has ended. There is no body.", headers: TAG } },
  refusals: {
    JOB_NOT_FOUND: "JOB_NOT_FOUND",
    JOB_CONFLICT: "JOB_CONFLICT",
    VERSION_CONFLICT: "PRECONDITION_FAILED",
  },
  variables: ({ params, headers }) => ({ number: String(params.id), expectedVersion: headers["if-match"] }),
  success: ({ stopJob: { job } }) => ({ status: 200, headers: { etag: jobTag(job.version) } }),
});

export const JOB_ROUTES: readonly Route[] = [listJobs, pruneJobs, getJob, removeJob, stopJob];
