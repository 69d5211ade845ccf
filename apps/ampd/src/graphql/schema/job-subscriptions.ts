import { InvalidArgumentError } from "../../domain/errors.ts";
import type { JobSnapshot } from "../../feed/job-snapshot.ts";
import { builder } from "../builder.ts";
import { JobType } from "./job.ts";
import { ProgressType, toProgress } from "./progress.ts";

const DEFAULT_INTERVAL_MS = 250;
const MAX_INTERVAL_MS = 60_000;

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
    subscribe: (_, { number, minInterval }, { hub }) => {
      if (minInterval < 0 || minInterval > MAX_INTERVAL_MS) {
        throw new InvalidArgumentError(`minInterval must be from 0 to ${MAX_INTERVAL_MS} ms, not ${minInterval}`);
      }
      return hub.watch(number, { intervalMs: minInterval, keyOf: progressKey });
    },
    resolve: (snapshot: JobSnapshot) => toProgress(snapshot),
  }),
);

/** Equal for snapshots that show the same progress. */
function progressKey(snapshot: JobSnapshot): string {
  return JSON.stringify(toProgress(snapshot), (_, value) => (typeof value === "bigint" ? String(value) : value));
}
