import type { JobSnapshot } from "../../feed/job-snapshot.ts";
import { builder } from "../builder.ts";
import { DEFAULT_INTERVAL_MS, requireInterval } from "./feed-interval.ts";
import { JobType } from "./job.ts";
import { ProgressType, progressKey, toProgress } from "./progress.ts";

builder.subscriptionField("jobChanged", (t) =>
  t.field({
    type: JobType,
    description:
      "The job now, then after each change of its status, latest wins; completes when it has ended or is removed.",
    args: { number: t.arg({ type: "BigInt", required: true }) },
    subscribe: (_, { number }, { hub }) =>
      hub.watch(number, { intervalMs: DEFAULT_INTERVAL_MS, keyOf: ({ job }) => String(job.version) }),
    resolve: (snapshot: JobSnapshot) => ({ ...snapshot.job, snapshot }),
  }),
);

builder.subscriptionField("jobProgress", (t) =>
  t.field({
    type: ProgressType,
    description:
      "The job's progress now, then whenever it moves, latest wins; completes when the job has ended or is removed.",
    args: {
      number: t.arg({ type: "BigInt", required: true }),
      minInterval: t.arg.int({
        required: true,
        defaultValue: DEFAULT_INTERVAL_MS,
        description: "At most one message in so many milliseconds; the last one always comes.",
      }),
    },
    subscribe: (_, { number, minInterval }, { hub }) =>
      hub.watch(number, { intervalMs: requireInterval(minInterval), keyOf: progressKey }),
    resolve: (snapshot: JobSnapshot) => toProgress(snapshot),
  }),
);
