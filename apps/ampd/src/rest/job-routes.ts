import { z } from "zod";
import { JobNotFoundError } from "../domain/errors.ts";
import { cursorOfJob } from "../graphql/job-cursor.ts";
import { JOB_INFO, type JobData, jobInfo, toJobInfo } from "./job-info.ts";
import { jobId, lastJobId, pageLimit } from "./parameters.ts";
import { prefersRepresentation } from "./prefer.ts";
import { document, type Route, route } from "./route.ts";
import { pruneFilter, statusFilter } from "./status-words.ts";
import { int64 } from "./wire.ts";

const listJobs = route({
  method: "GET",
  path: "/jobs",
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
      schema: z.strictObject({ jobs: z.array(jobInfo), next_cursor: int64.optional() }),
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

const pruneJobs = route({
  method: "DELETE",
  path: "/jobs",
  summary: "Removes ended jobs; their events and their data stay. `X-Pruned-Jobs` tells how many.",
  query: { code: "INVALID_QUERY_PARAM", parameters: { status: pruneFilter } },
  document: document<{ pruneJobs: PruneCounts }>(`
    mutation PruneJobs($status: [JobStatus!]!) {
      pruneJobs(input: { status: $status }) {
        ... on PruneJobsPayload { completed stopped failed total }
        ... on Error { refusal: code message }
      }
    }
  `),
  answers: {
    204: { description: "Done." },
    200: {
      description: "Done; asked for with `Prefer: return=representation`.",
      schema: z.strictObject({
        total: z.int(),
        counts: z.strictObject({ COMPLETED: z.int(), STOPPED: z.int(), FAILED: z.int() }),
      }),
    },
  },
  refusals: { INVALID_ARGUMENT: "INVALID_QUERY_PARAM" },
  variables: ({ query }) => query,
  success: ({ pruneJobs: { completed, stopped, failed, total } }, { headers }) => {
    const pruned = { "x-pruned-jobs": String(total) };
    if (!prefersRepresentation(headers)) return { status: 204, headers: pruned };
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
  summary: "One job.",
  params: { id: jobId },
  document: document<{ job: JobData | null }>(`
    query Job($number: BigInt!) { job(number: $number) { ...JobInfo } }
    ${JOB_INFO}
  `),
  answers: { 200: { description: "The job.", schema: jobInfo } },
  refusals: { JOB_NOT_FOUND: "JOB_NOT_FOUND" },
  variables: ({ params }) => ({ number: String(params.id) }),
  success: ({ job }, { params }) => {
    if (job === null) throw new JobNotFoundError(params.id);
    return { status: 200, body: toJobInfo(job) };
  },
});

const removeJob = route({
  method: "DELETE",
  path: "/jobs/:id",
  summary: "Removes an ended job; its events and its data stay.",
  params: { id: jobId },
  document: document<unknown>(`
    mutation RemoveJob($number: BigInt!) {
      removeJob(input: { number: $number }) { __typename ... on Error { refusal: code message } }
    }
  `),
  answers: { 204: { description: "There is no such job any more, or there was none." } },
  refusals: { JOB_CONFLICT: "JOB_CONFLICT" },
  variables: ({ params }) => ({ number: String(params.id) }),
  success: () => ({ status: 204 }),
});

const stopJob = route({
  method: "PUT",
  path: "/jobs/:id/stop",
  summary: "Asks for a stop. A job that has ended, or stops already, stays as it is.",
  params: { id: jobId },
  document: document<unknown>(`
    mutation StopJob($number: BigInt!) {
      stopJob(input: { number: $number }) { __typename ... on Error { refusal: code message } }
    }
  `),
  answers: { 200: { description: "It stops, or has ended. There is no body." } },
  refusals: { JOB_NOT_FOUND: "JOB_NOT_FOUND", JOB_CONFLICT: "JOB_CONFLICT" },
  variables: ({ params }) => ({ number: String(params.id) }),
  success: () => ({ status: 200 }),
});

export const JOB_ROUTES: readonly Route[] = [listJobs, pruneJobs, getJob, removeJob, stopJob];
