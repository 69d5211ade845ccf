import type { EventType } from "../../domain/event-type.ts";
import type { EventRow } from "../../store/event.ts";
import { findEvent } from "../../store/event.ts";
import { findEvents } from "../../store/event-page.ts";
import { builder } from "../builder.ts";
import { parseRowNumber } from "../global-id.ts";
import { loadInOrder } from "../load-nodes.ts";
import { nodesOf } from "../page.ts";

export const JobEventKind = builder.enumType("JobEventType", {
  description: "One per status, and the causes between them.",
  values: {
    SCHEDULED: {},
    RUNNING: {},
    STOP_REQUESTED: {},
    STOPPING: {},
    COMPLETED: {},
    STOPPED: {},
    FAILED: {},
    RETRY_SCHEDULED: { description: "A curable error; the detail says which, and the job waits for its next attempt." },
    HANDED_OVER: { description: "A draining worker gave the job back." },
    LEASE_EXPIRED: { description: "The owner stopped renewing its lease: it is gone, or was paused for too long." },
    STOP_FAILED: { description: "The last segment could not be published while stopping; the detail says why." },
    STOP_OVERDUE: { description: "The owner did not finish the stop by its deadline." },
    REORG: { description: "The chain replaced blocks that were published; the detail says which." },
    REMOVED: { description: "The job's row is gone; its events stay." },
  } satisfies Record<EventType, object>,
});

export const JobEventType = builder.objectRef<EventRow>("JobEvent");

builder.node(JobEventType, {
  description: "An entry of the append-only log.",
  id: { resolve: ({ sequence }) => String(sequence) },
  loadMany: (ids, { database }) =>
    loadInOrder(ids, {
      parse: parseRowNumber,
      read: (keys) => findEvents(database, keys),
      idOf: ({ sequence }) => String(sequence),
    }),
  fields: (t) => ({
    sequence: t.expose("sequence", {
      type: "BigInt",
      description: "Position in the order of commits: who has seen n is never shown a smaller one later.",
    }),
    jobNumber: t.expose("jobNumber", { type: "BigInt" }),
    datasetNamespace: t.exposeString("namespace", {
      nullable: true,
      description: "The namespace of the job's dataset; null where nothing says any more which one it was.",
    }),
    datasetName: t.exposeString("name", { nullable: true, description: "Its name; null as the namespace is." }),
    type: t.expose("type", { type: JobEventKind, description: "What happened." }),
    time: t.expose("time", { type: "DateTime", description: "The database's time." }),
    nodeId: t.exposeString("nodeId", { description: "The process that acted." }),
    actor: t.exposeString("actor", {
      nullable: true,
      description: "The person or token that asked for it, where known.",
    }),
    requestId: t.exposeString("requestId", {
      nullable: true,
      description: "The request that asked for it; null where there was none.",
    }),
    reason: t.exposeString("reason", { nullable: true, description: "As the operator gave it; null without one." }),
    detail: t.expose("detail", {
      type: "JSON",
      nullable: true,
      description:
        "SCHEDULED: the descriptor. FAILED, RETRY_SCHEDULED, STOP_FAILED: the error. Null where the type says it all.",
    }),
  }),
});

export const JobEventConnection = builder.connectionObject(
  {
    type: JobEventType,
    name: "JobEventConnection",
    description: "A page of events.",
    fields: (t) => ({
      nodes: t.field({
        type: [JobEventType],
        // `toConnection` makes an array, one of the forms that an edge list may have.
        resolve: ({ edges }) => nodesOf(edges as readonly { readonly node: EventRow }[]),
      }),
    }),
  },
  { name: "JobEventEdge", description: "An event and its cursor." },
);

builder.queryField("jobEvent", (t) =>
  t.field({
    type: JobEventType,
    nullable: true,
    description: "One event of a job, also of one that was removed; null when there is none.",
    args: { job: t.arg({ type: "BigInt", required: true }), sequence: t.arg({ type: "BigInt", required: true }) },
    resolve: (_, { job, sequence }, { database }) => findEvent(database, job, sequence),
  }),
);
