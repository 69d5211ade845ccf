import {
  DatasetNotFoundError,
  InvalidArgumentError,
  PlanExpiredError,
  PlanNotFoundError,
} from "../../domain/errors.ts";
import type { JobStatus } from "../../domain/job.ts";
import type { PlanOutcome, SkipReason } from "../../domain/job-plan.ts";
import { type PlannedJobs, planJobs, type SkippedJobs } from "../../store/job-plan.ts";
import { type AppliedBatch, applyPlan, type JobOutcome } from "../../store/job-plan-apply.ts";
import { builder } from "../builder.ts";
import { STATEMENT_COST, withCost } from "../limits/field-cost.ts";
import { JobActionEnum, JobType } from "./job.ts";
import { JobFilterInput, toJobFilter } from "./job-filter.ts";
import { JobStatusEnum } from "./job-status.ts";

const SAMPLE = 20;
const BATCH = { default: 100, max: 500 };
/** A plan of 100,000 jobs takes about a second. */
const PLAN_COST = 100 * STATEMENT_COST;
const BATCH_COST = 20 * STATEMENT_COST;

const SKIP_REASONS: Readonly<Record<SkipReason, string>> = {
  ALREADY_ENDED: "There is nothing to stop.",
  ALREADY_STOPPING: "Somebody asked for a stop already.",
  NOT_ENDED: "Only an ended job can be run again or removed: stop it first.",
  NEWER_JOB: "The same tables have an active job, or the plan has a newer one of them.",
};

const SkipReasonEnum = builder.enumType("JobSkipReason", {
  description: "Why a job that the filter selects is left out of a plan.",
  values: describeAll(SKIP_REASONS),
});

const OUTCOMES: Readonly<Record<PlanOutcome, string>> = {
  DONE: "The action was carried out.",
  UNCHANGED: "There was nothing to do: an equal job is active already.",
  CHANGED: "The job's status changed since it was planned: it was not touched.",
  GONE: "The job was removed since it was planned.",
  REFUSED: "Another job stands in the way; the message says which one and how.",
};

const OutcomeEnum = builder.enumType("JobPlanOutcomeKind", {
  description: "What became of a job of a plan.",
  values: describeAll(OUTCOMES),
});

const StatusCount = builder.objectRef<readonly [JobStatus, number]>("JobPlanStatusCount").implement({
  description: "How many jobs of a plan have a status.",
  fields: (t) => ({
    status: t.field({ type: JobStatusEnum, resolve: ([status]) => status }),
    count: t.int({ description: "Jobs of the plan that have it.", resolve: ([, count]) => count }),
  }),
});

const SkippedType = builder.objectRef<SkippedJobs>("JobPlanSkipped").implement({
  description: "Jobs that the filter selects and the plan leaves out.",
  fields: (t) => ({
    reason: t.expose("reason", { type: SkipReasonEnum, description: "Why the action would not do them any good." }),
    count: t.exposeInt("count", { description: "All of them, also beyond the sample." }),
    sample: t.field({
      type: [JobType],
      description: "The first 20, by number.",
      extensions: withCost({ items: SAMPLE }),
      resolve: ({ sample }) => [...sample],
    }),
  }),
});

const JobPlanType = builder.objectRef<PlannedJobs>("JobPlan").implement({
  description: "Jobs as they were when they were planned, and what is about to be done to them.",
  fields: (t) => ({
    token: t.exposeString("token", { description: "What `applyPlan` is given; of use to nobody else." }),
    action: t.expose("action", { type: JobActionEnum, description: "What `applyPlan` does to each." }),
    expiresAt: t.expose("expiresAt", {
      type: "DateTime",
      description: "The end of the time in which it can be applied.",
    }),
    total: t.exposeInt("total", { description: "Jobs that it takes." }),
    countsByStatus: t.field({
      type: [StatusCount],
      description: "Those jobs by status; statuses of which there is none are left out.",
      resolve: ({ byStatus }) => [...byStatus],
    }),
    sample: t.field({
      type: [JobType],
      description: "The first 20 of them, by number.",
      extensions: withCost({ items: SAMPLE }),
      resolve: ({ sample }) => [...sample],
    }),
    skipped: t.field({
      type: [SkippedType],
      description: "What the filter selects beside them, by the reason to leave it out.",
      extensions: withCost({ items: Object.keys(SKIP_REASONS).length }),
      resolve: ({ skipped }) => [...skipped],
    }),
  }),
});

const PlanJobsPayload = builder.objectRef<PlannedJobs>("PlanJobsPayload").implement({
  description: "What `planJobs` found.",
  fields: (t) => ({
    plan: t.field({ type: JobPlanType, description: "Show it before it is applied.", resolve: (plan) => plan }),
  }),
});

const PlanJobsInput = builder.inputType("PlanJobsInput", {
  description: "What `planJobs` is given.",
  fields: (t) => ({
    action: t.field({ type: JobActionEnum, required: true, description: "What is to be done to each job." }),
    filter: t.field({ type: JobFilterInput, required: true, description: "Which jobs; `{}` is all of them." }),
    reason: t.string({ description: "Kept in the event log with each job." }),
  }),
});

builder.mutationField("planJobs", (t) =>
  t.field({
    type: PlanJobsPayload,
    description:
      "Fixes the jobs that match the filter now, 100,000 at most, to be stopped, run again or removed by `applyPlan` within 15 minutes. Changes no job.",
    args: { input: t.arg({ type: PlanJobsInput, required: true }) },
    extensions: withCost({ own: PLAN_COST }),
    errors: {
      types: [InvalidArgumentError, DatasetNotFoundError],
      directResult: true,
      union: { name: "PlanJobsResult", description: "What `planJobs` answers." },
    },
    resolve: async (_, { input }, { database, actor }) => {
      const filter = await toJobFilter(database, input.filter);
      return planJobs(database, { action: input.action, filter, reason: input.reason ?? undefined }, actor);
    },
  }),
);

const OutcomeType = builder.objectRef<JobOutcome>("JobPlanOutcome").implement({
  description: "What became of one job of a plan.",
  fields: (t) => ({
    number: t.expose("number", { type: "BigInt", description: "The job that was planned." }),
    outcome: t.expose("outcome", { type: OutcomeEnum, description: "Whether it was done, and if not why." }),
    message: t.exposeString("message", {
      nullable: true,
      description: "A sentence for people; null when it was done.",
    }),
    job: t.expose("job", { type: JobType, nullable: true, description: "As it is now; null when it is gone." }),
    newJob: t.expose("newJob", {
      type: JobType,
      nullable: true,
      description:
        "Of a job to be run again: the new job, or the one that is active in its place; null for any other action, and when there is neither.",
    }),
  }),
});

const ApplyPlanPayload = builder.objectRef<AppliedBatch>("ApplyPlanPayload").implement({
  description: "What `applyPlan` did.",
  fields: (t) => ({
    outcomes: t.field({
      type: [OutcomeType],
      description: "The jobs of this batch, by number.",
      extensions: withCost({ items: BATCH.max }),
      resolve: ({ outcomes }) => [...outcomes],
    }),
    remaining: t.exposeInt("remaining", { description: "Jobs of the plan that are left: go on until it is 0." }),
  }),
});

const ApplyPlanInput = builder.inputType("ApplyPlanInput", {
  description: "What `applyPlan` is given.",
  fields: (t) => ({
    token: t.string({ required: true, description: "Of the plan." }),
    first: t.int({
      required: true,
      defaultValue: BATCH.default,
      description: `How many jobs to deal with, ${BATCH.max} at most.`,
    }),
  }),
});

builder.mutationField("applyPlan", (t) =>
  t.field({
    type: ApplyPlanPayload,
    description:
      "Applies the next batch of a plan, all of it or nothing. Sent again, also after an answer that was lost, it goes on behind the last batch and deals with no job twice.",
    args: { input: t.arg({ type: ApplyPlanInput, required: true }) },
    extensions: withCost({ own: BATCH_COST }),
    errors: {
      types: [InvalidArgumentError, PlanNotFoundError, PlanExpiredError],
      directResult: true,
      union: { name: "ApplyPlanResult", description: "What `applyPlan` answers." },
    },
    resolve: (_, { input: { token, first } }, { database, actor, stopDeadlineMs }) =>
      applyPlan(database, { token, first, stopDeadlineMs }, actor),
  }),
);

/** The values of an enum with their descriptions. */
function describeAll<Value extends string>(descriptions: Readonly<Record<Value, string>>) {
  return Object.fromEntries(
    Object.entries<string>(descriptions).map(([value, description]) => [value, { value, description }]),
    // Each key is its own value.
  ) as { [Key in Value]: { value: Key; description: string } };
}
