import type { JobsItem, LeaveReason } from "../../feed/jobs-reader.ts";
import type { JobRow } from "../../store/job-row.ts";
import { builder } from "../builder.ts";
import { mapItems } from "../map-items.ts";
import { DEFAULT_INTERVAL_MS, requireInterval } from "./feed-interval.ts";
import { JobType } from "./job.ts";
import { JobFilterInput, toJobFilter } from "./job-filter.ts";

type JobLeft = { readonly kind: "JobLeft"; readonly number: bigint; readonly reason: LeaveReason };
type JobsCaughtUp = { readonly kind: "JobsCaughtUp"; readonly jobsCount: number };

const JobLeaveReason = builder.enumType("JobLeaveReason", {
  description: "Why a job is no longer among those that a filter selects.",
  values: {
    CHANGED: { description: "It is there, and the filter does not select it as it is now." },
    REMOVED: { description: "It is gone." },
  },
});

const JobLeftType = builder.objectRef<JobLeft>("JobLeft").implement({
  description: "A job that was given before, and that the filter no longer selects.",
  fields: (t) => ({
    number: t.expose("number", { type: "BigInt" }),
    reason: t.expose("reason", { type: JobLeaveReason, description: "Whether it changed, or is gone." }),
  }),
});

const JobsCaughtUpType = builder.objectRef<JobsCaughtUp>("JobsCaughtUp").implement({
  description: "Every job that the filter selects was given: what follows happens now.",
  fields: (t) => ({
    jobsCount: t.exposeInt("jobsCount", { description: "How many jobs were given and have not left." }),
  }),
});

const JobsChangedItem = builder.unionType("JobsChangedItem", {
  description: "What `jobsChanged` gives.",
  types: [JobType, JobLeftType, JobsCaughtUpType],
  resolveType: (value) => ("kind" in value ? value.kind : "Job"),
});

builder.subscriptionField("jobsChanged", (t) =>
  t.field({
    type: JobsChangedItem,
    description:
      "The jobs that a filter selects, 1,000 at most, by number; then `JobsCaughtUp`; then each job whose status changed, latest wins, and each that left the selection. A client that reconnects starts from the current state.",
    args: {
      filter: t.arg({ type: JobFilterInput }),
      minInterval: t.arg.int({
        required: true,
        defaultValue: DEFAULT_INTERVAL_MS,
        description: "At most one item of a job in so many milliseconds; the last one always comes.",
      }),
    },
    subscribe: async (_, { filter, minInterval }, { database, jobsFeed }) => {
      const intervalMs = requireInterval(minInterval);
      return mapItems(await jobsFeed.watchJobs(await toJobFilter(database, filter), { intervalMs }), createReader());
    },
    resolve: (value: Value) => value,
  }),
);

type Value = JobRow | JobLeft | JobsCaughtUp;

/** What one subscriber is shown. A job is given as it was read, once for all, so that it is executed once for them. */
function createReader(): (item: JobsItem) => Value {
  const held = new Set<bigint>();
  return (item) => {
    if (item.kind === "caughtUp") return { kind: "JobsCaughtUp", jobsCount: held.size };
    if (item.kind === "job") {
      held.add(item.job.number);
      return item.job;
    }
    held.delete(item.number);
    return { kind: "JobLeft", number: item.number, reason: item.reason };
  };
}
