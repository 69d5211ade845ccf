import { allowedActions } from "../../domain/job.ts";
import type { JobFailure } from "../../domain/job-failure.ts";
import type { JobSnapshot } from "../../feed/job-snapshot.ts";
import { listEvents, STATUS_EVENTS } from "../../store/event.ts";
import { findJob, findJobs, listJobs } from "../../store/job-read.ts";
import type { JobRow } from "../../store/job-row.ts";
import { builder } from "../builder.ts";
import type { Loaders } from "../context.ts";
import { SEQUENCE_CURSORS } from "../cursor.ts";
import { parseRowNumber } from "../global-id.ts";
import { STATEMENT_COST, withCost } from "../limits/field-cost.ts";
import { loadInOrder } from "../load-nodes.ts";
import { parsePage, toConnection } from "../page.ts";
import { describePage, PAGES } from "../page-sizes.ts";
import { DatasetType, findRevision } from "./dataset.ts";
import { DiagnosisType, diagnoseJob } from "./diagnosis.ts";
import { JobEventConnection, JobEventType } from "./job-event.ts";
import { JobStatusEnum } from "./job-status.ts";
import { ProgressType, toProgress } from "./progress.ts";
import { TableType } from "./table.ts";

/** Its statements are shared by the jobs of an answer. */
const DIAGNOSIS_COST = 5;

const JobDescriptor = builder.objectRef<JobRow>("JobDescriptor").implement({
  description: "What a job was deployed with; it never changes.",
  fields: (t) => ({
    kind: t.string({ description: "Always `materialize-raw`.", resolve: () => "materialize-raw" }),
    datasetNamespace: t.exposeString("namespace"),
    datasetName: t.exposeString("name"),
    manifestHash: t.exposeString("manifestHash", {
      description: "The manifest that the job is pinned to, as 64 hex digits.",
    }),
    endBlock: t.exposeString("endBlock", {
      nullable: true,
      description:
        'Where it ends: null (follow for ever), `"latest"`, a block number, or `"-50"` for so many behind the latest.',
    }),
    parallelism: t.exposeInt("parallelism", {
      description: "How hard the worker may press the chain's endpoint; from 1.",
    }),
    verify: t.exposeBoolean("verify", { description: "As deployed; not acted upon in this version." }),
    nodeSelector: t.exposeString("nodeSelector", {
      nullable: true,
      description: "The node that may run it, or a prefix such as `eu-*`; null: any.",
    }),
  }),
});

const JobFailureType = builder.objectRef<JobFailure>("JobFailure").implement({
  description: "Why an attempt ended.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Stable; compare this, not the message." }),
    message: t.exposeString("message", { description: "A sentence for people." }),
    retryable: t.exposeBoolean("retryable", { description: "Whether another attempt may succeed." }),
    attempt: t.exposeInt("attempt", { description: "The attempt that failed; the first one is 1." }),
    fields: t.expose("fields", {
      type: "JSON",
      description: "Where it happened, as far as it is known: block, endpoint, path.",
    }),
    causes: t.stringList({
      description: "The chain of causes in words, outermost first.",
      resolve: ({ causes }) => [...causes],
    }),
  }),
});

export const JobActionEnum = builder.enumType("JobAction", {
  description: "What an operator can do with a job.",
  values: {
    STOP: { description: "`stopJob`: publish what is in hand, and end." },
    RETRY: { description: "`retryJob`: a new job with the same descriptor." },
    REMOVE: { description: "`removeJob`: forget the job; its events and data stay." },
  },
});

/** A job; of a feed beside what was read with it, once for all subscribers. */
type JobValue = JobRow & { readonly snapshot?: JobSnapshot };

/** As the feed read it, or read now, together with the other jobs of the answer. */
async function snapshotOf(job: JobValue, loaders: Loaders): Promise<JobSnapshot> {
  if (job.snapshot !== undefined) return job.snapshot;
  const [tables, reading] = await Promise.all([loaders.tables.load(job), loaders.live.load(job)]);
  return { job, tables, ...reading };
}

export const JobType = builder.objectRef<JobValue>("Job");

builder.node(JobType, {
  description: "One extraction of a dataset into Parquet.",
  id: { resolve: (job) => String(job.number) },
  loadMany: (ids, { database }) =>
    loadInOrder(ids, {
      parse: parseRowNumber,
      read: (numbers) => findJobs(database, numbers),
      idOf: ({ number }) => String(number),
    }),
  fields: (t) => ({
    number: t.expose("number", {
      type: "BigInt",
      description: "The job's id in REST and `ampctl`; grows with every deploy.",
    }),
    status: t.expose("status", { type: JobStatusEnum }),
    version: t.exposeInt("version", {
      description: "Grows by one with every change of status; send it as `expectedVersion` to act on what you saw.",
    }),
    descriptor: t.field({
      type: JobDescriptor,
      description: "What it was deployed with.",
      resolve: (job) => job,
    }),
    dataset: t.field({
      type: DatasetType,
      description: "The dataset as it is now; the job stays with its manifest.",
      extensions: withCost({ own: STATEMENT_COST }),
      resolve: (job, _, { loaders }) => loaders.dataset.load(job),
    }),
    nodeId: t.exposeString("nodeId", {
      nullable: true,
      description: "The worker that owns the job, or owned it last; null before the first claim.",
    }),
    attempt: t.exposeInt("attempt", { description: "How often it was claimed." }),
    failures: t.exposeInt("failures", { description: "Attempts in a row that ended without a published file." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    updatedAt: t.expose("updatedAt", { type: "DateTime", description: "Time of the last change of status." }),
    scheduledAt: t.expose("scheduledAt", { type: "DateTime", description: "When it was queued last." }),
    startedAt: t.expose("startedAt", {
      type: "DateTime",
      nullable: true,
      description: "Time of the first claim; null before it.",
    }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true, description: "Null while it is active." }),
    nextAttemptAt: t.expose("nextAttemptAt", {
      type: "DateTime",
      nullable: true,
      description: "While it waits to be tried again: not before this; else null.",
    }),
    stopRequestedAt: t.expose("stopRequestedAt", {
      type: "DateTime",
      nullable: true,
      description: "When an operator asked a running job to stop; null when nobody did.",
    }),
    stopDeadline: t.expose("stopDeadline", {
      type: "DateTime",
      nullable: true,
      description: "A stop that its worker has not finished by then is ended without it; null while there is none.",
    }),
    lastError: t.expose("lastError", {
      type: JobFailureType,
      nullable: true,
      description: "Of the last attempt that failed; null when none did.",
    }),
    retryOf: t.expose("retryOf", {
      type: "BigInt",
      nullable: true,
      description: "The job that this one runs again; null for one of its own.",
    }),
    allowedActions: t.field({
      type: [JobActionEnum],
      description: "What an operator can do with it now.",
      resolve: (job) => allowedActions(job.status),
    }),
    progress: t.field({
      type: ProgressType,
      description: "How far it is; of an ended job how far it came.",
      resolve: async (job, _, { loaders }) => {
        return toProgress(await snapshotOf(job, loaders));
      },
    }),
    diagnosis: t.field({
      type: DiagnosisType,
      description: "How it is, why, and what to do about it.",
      extensions: withCost({ own: DIAGNOSIS_COST }),
      resolve: async (job, _, context) => diagnoseJob(await snapshotOf(job, context.loaders), context),
    }),
    tables: t.field({
      type: [TableType],
      description:
        "The dataset's tables as they stand now; a later job of the same manifest may have gone on with them.",
      extensions: withCost({ own: STATEMENT_COST }),
      resolve: (job, _, { loaders }) => loaders.datasetTables.load(job),
    }),
    events: t.connection(
      {
        type: JobEventType,
        description: `What happened to the job, oldest first; ${describePage(PAGES.events)} Events outlive the job.`,
        args: {
          statusOnly: t.arg.boolean({
            required: true,
            defaultValue: false,
            description: "Leave out the events that say why.",
          }),
        },
        resolve: async (job, args, { database }) => {
          const page = parsePage(args, PAGES.events, SEQUENCE_CURSORS);
          const rows = await listEvents(database, {
            ...page,
            job: job.number,
            limit: page.limit + 1,
            ...(args.statusOnly ? { types: STATUS_EVENTS } : {}),
          });
          return toConnection(rows, page, { cursors: SEQUENCE_CURSORS, keyOf: ({ sequence }) => sequence });
        },
      },
      JobEventConnection,
    ),
  }),
});

builder.objectField(ProgressType, "job", (t) =>
  t.field({
    type: JobType,
    description: "The job that it is the progress of.",
    resolve: ({ snapshot }) => ({ ...snapshot.job, snapshot }),
  }),
);

builder.objectField(DatasetType, "jobs", (t) =>
  t.field({
    type: [JobType],
    nullable: true,
    description:
      "Jobs that are pinned to what a revision means now, newest first, 1,000 at most; null when the dataset has no such revision.",
    extensions: withCost({ own: 2 * STATEMENT_COST, items: PAGES.jobs.max }),
    args: {
      revision: t.arg.string({ required: true, description: "A version, a manifest hash, `latest` or `dev`." }),
    },
    resolve: async (dataset, { revision }, { database, loaders }) => {
      const { namespace, name } = dataset;
      const manifest = await findRevision(loaders, dataset, revision);
      if (manifest === null) return null;
      const filter = { dataset: { namespace, name }, manifestHash: manifest.hash };
      return listJobs(database, { filter, limit: PAGES.jobs.max });
    },
  }),
);

builder.queryFields((t) => ({
  job: t.field({
    type: JobType,
    nullable: true,
    description: "One job; null when there is none of this number.",
    args: { number: t.arg({ type: "BigInt", required: true }) },
    resolve: async (_, { number }, { database }) => (await findJob(database, number)) ?? null,
  }),
}));
