import { z } from "zod";
import { EventNotFoundError, JobNotFoundError } from "../domain/errors.ts";
import type { JobStatus } from "../domain/job.ts";
import { type FailureData, failureData, failureDetail, toFailureDetail } from "./failure-detail.ts";
import { descriptor, type JobData } from "./job-info.ts";
import { eventId, jobId } from "./parameters.ts";
import { document, type Route, route } from "./route.ts";
import { int64, jobStatus, time, toTime } from "./wire.ts";

type TableData = {
  readonly table: string;
  readonly currentBlock: string | null;
  readonly startBlock: string | null;
  readonly filesCount: string;
  readonly totalSizeBytes: string;
};

type ProgressData = {
  readonly number: string;
  readonly lastError: FailureData | null;
  readonly descriptor: JobData["descriptor"];
  readonly progress: { readonly jobStatus: JobStatus; readonly tables: readonly TableData[] };
};

const tableProgress = z.strictObject({
  current_block: int64.nullable(),
  start_block: int64.nullable(),
  files_count: int64,
  total_size_bytes: int64,
});

const getProgress = route({
  method: "GET",
  path: "/jobs/:id/progress",
  summary: "How far a job is, table by table.",
  params: { id: jobId },
  document: document<{ job: ProgressData | null }>(`
    query Progress($number: BigInt!) {
      job(number: $number) {
        number
        lastError { code message attempt fields causes }
        descriptor { datasetNamespace datasetName manifestHash }
        progress { jobStatus tables { table currentBlock startBlock filesCount totalSizeBytes } }
      }
    }
  `),
  answers: {
    200: {
      description: "`tables` is empty before anything is written; `detail` is there when the job FAILED.",
      schema: z.strictObject({
        job_id: int64,
        job_status: jobStatus,
        tables: z.record(z.string(), tableProgress),
        detail: failureDetail.optional(),
      }),
    },
  },
  refusals: { JOB_NOT_FOUND: "JOB_NOT_FOUND" },
  variables: ({ params }) => ({ number: String(params.id) }),
  success: ({ job }, { params }) => {
    if (job === null) throw new JobNotFoundError(params.id);
    const { progress, lastError } = job;
    const hasFailed = progress.jobStatus === "FAILED" && lastError !== null;
    return {
      status: 200,
      body: {
        job_id: BigInt(job.number),
        job_status: progress.jobStatus,
        tables: Object.fromEntries(progress.tables.map((table) => [table.table, toTableProgress(table)])),
        ...(hasFailed ? { detail: toFailureDetail(lastError, job.descriptor) } : {}),
      },
    };
  },
});

type EventData = {
  readonly sequence: string;
  readonly time: string;
  readonly nodeId: string;
  readonly type: string;
};

const event = z.strictObject({ id: int64, created_at: time, node_id: z.string().min(1), event_type: z.string() });

const listEvents = route({
  method: "GET",
  path: "/jobs/:id/events",
  summary: "The changes of a job's status, oldest first.",
  params: { id: jobId },
  document: document<{ job: { number: string; events: { nodes: EventData[] } } | null }>(`
    query Events($number: BigInt!) {
      job(number: $number) {
        number
        events(first: 10000, statusOnly: true) { nodes { sequence time nodeId type } }
      }
    }
  `),
  answers: {
    200: { description: "The events.", schema: z.strictObject({ job_id: int64, events: z.array(event) }) },
  },
  refusals: { JOB_NOT_FOUND: "JOB_NOT_FOUND" },
  variables: ({ params }) => ({ number: String(params.id) }),
  success: ({ job }, { params }) => {
    if (job === null) throw new JobNotFoundError(params.id);
    return { status: 200, body: { job_id: BigInt(job.number), events: job.events.nodes.map(toEvent) } };
  },
});

type OneEventData = {
  readonly job: { readonly descriptor: JobData["descriptor"] } | null;
  readonly jobEvent: (EventData & { readonly detail: unknown }) | null;
};

const getEvent = route({
  method: "GET",
  path: "/jobs/:id/events/:event_id",
  summary: "One event of a job, with its detail: the descriptor of SCHEDULED, the error of FAILED.",
  params: { id: jobId, event_id: eventId },
  document: document<OneEventData>(`
    query Event($number: BigInt!, $sequence: BigInt!) {
      job(number: $number) { descriptor { datasetNamespace datasetName manifestHash } }
      jobEvent(job: $number, sequence: $sequence) { sequence time nodeId type detail }
    }
  `),
  answers: {
    200: {
      description: "The event.",
      schema: event.extend({ job_id: int64, detail: z.unknown().optional() }),
    },
  },
  refusals: { JOB_NOT_FOUND: "JOB_NOT_FOUND", EVENT_NOT_FOUND: "EVENT_NOT_FOUND" },
  variables: ({ params }) => ({ number: String(params.id), sequence: String(params.event_id) }),
  success: ({ job, jobEvent }, { params }) => {
    if (job === null) throw new JobNotFoundError(params.id);
    if (jobEvent === null) throw new EventNotFoundError(params.event_id, params.id);
    const detail = toEventDetail(jobEvent.type, jobEvent.detail, job.descriptor);
    return {
      status: 200,
      body: { job_id: params.id, ...toEvent(jobEvent), ...(detail === undefined ? {} : { detail }) },
    };
  },
});

export const JOB_HISTORY_ROUTES: readonly Route[] = [getProgress, listEvents, getEvent];

function toTableProgress(table: TableData): z.infer<typeof tableProgress> {
  return {
    current_block: table.currentBlock === null ? null : BigInt(table.currentBlock),
    start_block: table.startBlock === null ? null : BigInt(table.startBlock),
    files_count: BigInt(table.filesCount),
    total_size_bytes: BigInt(table.totalSizeBytes),
  };
}

function toEvent({ sequence, time: at, nodeId, type }: EventData): z.infer<typeof event> {
  return { id: BigInt(sequence), created_at: toTime(at), node_id: nodeId, event_type: type };
}

/** What the log keeps, in the words and the order of this contract. */
function toEventDetail(type: string, detail: unknown, job: JobData["descriptor"]): unknown {
  if (detail === null) return undefined;
  if (type === "SCHEDULED") return descriptor.parse(detail);
  const failure = failureData.safeParse(detail);
  return failure.success ? toFailureDetail(failure.data, job) : detail;
}
