import { z } from "zod";
import { EventNotFoundError, JobNotFoundError } from "../../domain/errors.ts";
import { document } from "../document.ts";
import { type Route, route } from "../route.ts";
import { int64 } from "../wire.ts";
import { type EventData, EXAMPLE_EVENT, eventInfo, toEventDetail, toEventInfo } from "./event-info.ts";
import { sourceOf } from "./failure-detail.ts";
import { EXAMPLE_JOB, type JobData } from "./job-info.ts";
import { eventId, jobId } from "./parameters.ts";

const listJobEvents = route({
  method: "GET",
  path: "/jobs/:id/events",
  tag: "events",
  name: "listJobEvents",
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
    200: {
      description: "The events.",
      schema: z.strictObject({ job_id: int64, events: z.array(eventInfo) }).meta({ id: "JobEvents" }),
      example: { job_id: 42, events: [EXAMPLE_EVENT] },
    },
  },
  refusals: { JOB_NOT_FOUND: "JOB_NOT_FOUND" },
  variables: ({ params }) => ({ number: String(params.id) }),
  success: ({ job }, { params }) => {
    if (job === null) throw new JobNotFoundError(params.id);
    return { status: 200, body: { job_id: BigInt(job.number), events: job.events.nodes.map(toEventInfo) } };
  },
});

type OneEventData = {
  readonly job: { readonly descriptor: JobData["descriptor"] } | null;
  readonly jobEvent: (EventData & { readonly detail: unknown }) | null;
};

const getJobEvent = route({
  method: "GET",
  path: "/jobs/:id/events/:event_id",
  tag: "events",
  name: "getJobEvent",
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
      schema: eventInfo.extend({ job_id: int64, detail: z.unknown().optional() }).meta({ id: "JobEvent" }),
      example: { job_id: 42, ...EXAMPLE_EVENT, event_type: "SCHEDULED", detail: EXAMPLE_JOB.descriptor },
    },
  },
  refusals: { JOB_NOT_FOUND: "JOB_NOT_FOUND", EVENT_NOT_FOUND: "EVENT_NOT_FOUND" },
  variables: ({ params }) => ({ number: String(params.id), sequence: String(params.event_id) }),
  success: ({ job, jobEvent }, { params }) => {
    if (job === null) throw new JobNotFoundError(params.id);
    if (jobEvent === null) throw new EventNotFoundError(params.event_id, params.id);
    const detail = toEventDetail(jobEvent.type, jobEvent.detail, sourceOf(job.descriptor));
    return {
      status: 200,
      body: { job_id: params.id, ...toEventInfo(jobEvent), ...(detail === undefined ? {} : { detail }) },
    };
  },
});

export const JOB_EVENT_ROUTES: readonly Route[] = [listJobEvents, getJobEvent];
