import { DatasetNotFoundError, InvalidArgumentError } from "../../domain/errors.ts";
import { ENDED_STATUSES, isEnded } from "../../domain/job.ts";
import { type PruneCounts, pruneJobs } from "../../store/job-remove.ts";
import { builder } from "../builder.ts";
import { resolveScope } from "./job-filter.ts";
import { JobStatusEnum } from "./job-status.ts";

type Pruned = { readonly counts: PruneCounts; readonly dryRun: boolean };

const PruneJobsPayload = builder.objectRef<Pruned>("PruneJobsPayload").implement({
  description: "What `pruneJobs` did.",
  fields: (t) => ({
    dryRun: t.exposeBoolean("dryRun", { description: "True when nothing was removed." }),
    total: t.int({
      description: "Jobs removed, or with `dryRun` those that would be.",
      resolve: ({ counts }) => counts.COMPLETED + counts.STOPPED + counts.FAILED,
    }),
    completed: t.int({ description: "Of them COMPLETED.", resolve: ({ counts }) => counts.COMPLETED }),
    stopped: t.int({ description: "Of them STOPPED.", resolve: ({ counts }) => counts.STOPPED }),
    failed: t.int({ description: "Of them FAILED.", resolve: ({ counts }) => counts.FAILED }),
  }),
});

const PruneJobsInput = builder.inputType("PruneJobsInput", {
  description: "What `pruneJobs` is given.",
  fields: (t) => ({
    status: t.field({
      type: [JobStatusEnum],
      description: "Which of COMPLETED, STOPPED and FAILED; absent: all three.",
    }),
    dataset: t.string({
      description:
        "Only jobs of this dataset: `namespace/name`, or with `@revision` only those that are pinned to what that means now.",
    }),
    endedBefore: t.field({ type: "DateTime", description: "Only jobs that ended before it." }),
    dryRun: t.boolean({ required: true, defaultValue: false, description: "Count, and remove nothing." }),
    reason: t.string({ description: "Kept in the event log." }),
  }),
});

builder.mutationField("pruneJobs", (t) =>
  t.field({
    type: PruneJobsPayload,
    description: "Removes ended jobs. Their events and their data stay.",
    args: { input: t.arg({ type: PruneJobsInput, required: true }) },
    errors: {
      types: [InvalidArgumentError, DatasetNotFoundError],
      directResult: true,
      union: { name: "PruneJobsResult", description: "What `pruneJobs` answers." },
    },
    resolve: async (_, { input }, { database, actor }) => {
      const statuses = input.status ?? ENDED_STATUSES;
      const active = statuses.find((status) => !isEnded(status));
      if (active !== undefined) {
        throw new InvalidArgumentError(`${active} cannot be pruned: only ${ENDED_STATUSES.join(", ")} are final`);
      }
      const { dryRun } = input;
      const scope = typeof input.dataset === "string" ? await resolveScope(database, input.dataset) : {};
      const endedBefore = input.endedBefore ?? undefined;
      const request = { ...scope, statuses, endedBefore, dryRun, reason: input.reason ?? undefined };
      return { dryRun, counts: await pruneJobs(database, request, actor) };
    },
  }),
);
