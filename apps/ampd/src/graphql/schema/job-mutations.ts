import { parseDatasetReference } from "../../domain/dataset-reference.ts";
import { formatEndBlock, parseEndBlock } from "../../domain/end-block.ts";
import {
  ActiveJobConflictError,
  DatasetNotFoundError,
  IdempotencyConflictError,
  InvalidArgumentError,
  JobConflictError,
  JobNotFoundError,
  JobStoppingError,
  VersionConflictError,
} from "../../domain/errors.ts";
import { requireIdempotencyKey } from "../../domain/idempotency-key.ts";
import { requireNodeSelector } from "../../domain/node-selector.ts";
import { deployDataset, retryJob } from "../../store/job-deploy.ts";
import { removeJob } from "../../store/job-remove.ts";
import type { JobRow } from "../../store/job-row.ts";
import { stopJob } from "../../store/job-stop.ts";
import { builder } from "../builder.ts";
import { JobType } from "./job.ts";

const CHANGED = "False when there was nothing to do.";
const REASON = "Kept in the event log.";
const EXPECTED_VERSION = "Refuse when the job's version is another one.";

const DeployDatasetPayload = builder.objectRef<{ job: JobRow; created: boolean }>("DeployDatasetPayload").implement({
  description: "What `deployDataset` did.",
  fields: (t) => ({
    job: t.expose("job", { type: JobType }),
    created: t.exposeBoolean("created", {
      description: "False when an equal job was active already, or the key has its job: that one is returned.",
    }),
  }),
});

const DeployDatasetInput = builder.inputType("DeployDatasetInput", {
  description: "What `deployDataset` is given.",
  fields: (t) => ({
    dataset: t.string({
      required: true,
      description: "`namespace/name@revision`; the revision is a version, a manifest hash, `latest` or `dev`.",
    }),
    endBlock: t.string({
      description:
        'The last block, inclusive: absent (follow for ever), `"latest"`, a number, or `"-50"` for so many behind the latest.',
    }),
    parallelism: t.int({
      required: true,
      defaultValue: 1,
      description: "How hard to press the chain's endpoint; from 1.",
    }),
    verify: t.boolean({
      required: true,
      defaultValue: false,
      description:
        "Recompute hashes and roots before publishing; kept with the job, and not acted upon in this version.",
    }),
    nodeSelector: t.string({ description: "The node that may run it, or a prefix such as `eu-*`." }),
    idempotencyKey: t.string({
      description:
        "The client's own name for this deploy: 1 to 255 printable ASCII characters. A repeat answers with the same job, also for 24 h after that was removed; with other input it is refused.",
    }),
  }),
});

builder.mutationField("deployDataset", (t) =>
  t.field({
    type: DeployDatasetPayload,
    description: "Schedules a job that extracts what the dataset's tables lack.",
    args: { input: t.arg({ type: DeployDatasetInput, required: true }) },
    errors: {
      types: [
        DatasetNotFoundError,
        InvalidArgumentError,
        ActiveJobConflictError,
        JobStoppingError,
        JobConflictError,
        IdempotencyConflictError,
      ],
      directResult: true,
      union: { name: "DeployDatasetResult", description: "What `deployDataset` answers." },
    },
    resolve: async (_, { input }, { database, actor }) => {
      const reference = parseDatasetReference(input.dataset);
      const endBlock = formatEndBlock(parseEndBlock(input.endBlock));
      if (input.parallelism < 1)
        throw new InvalidArgumentError(`parallelism must be at least 1, not ${input.parallelism}`);
      const nodeSelector = typeof input.nodeSelector === "string" ? requireNodeSelector(input.nodeSelector) : null;
      const idempotencyKey =
        typeof input.idempotencyKey === "string" ? requireIdempotencyKey(input.idempotencyKey) : undefined;
      const { parallelism, verify } = input;
      const request = { reference, endBlock, parallelism, verify, nodeSelector, idempotencyKey };
      return deployDataset(database, request, actor);
    },
  }),
);

const StopJobPayload = builder.objectRef<{ job: JobRow; changed: boolean }>("StopJobPayload").implement({
  description: "What `stopJob` did.",
  fields: (t) => ({
    job: t.expose("job", { type: JobType }),
    changed: t.exposeBoolean("changed", { description: CHANGED }),
  }),
});

const StopJobInput = builder.inputType("StopJobInput", {
  description: "What `stopJob` is given.",
  fields: (t) => ({
    number: t.field({ type: "BigInt", required: true }),
    expectedVersion: t.int({ description: EXPECTED_VERSION }),
    reason: t.string({ description: REASON }),
  }),
});

builder.mutationField("stopJob", (t) =>
  t.field({
    type: StopJobPayload,
    description:
      "Asks the worker to publish what it has in hand and to end the job; a job without a worker ends at once. Stopping what has ended, or stops already, succeeds and changes nothing.",
    args: { input: t.arg({ type: StopJobInput, required: true }) },
    errors: {
      types: [JobNotFoundError, VersionConflictError, JobConflictError],
      directResult: true,
      union: { name: "StopJobResult", description: "What `stopJob` answers." },
    },
    resolve: (_, { input }, { database, actor, stopDeadlineMs }) =>
      stopJob(
        database,
        {
          number: input.number,
          expectedVersion: input.expectedVersion ?? undefined,
          reason: input.reason ?? undefined,
          deadlineMs: stopDeadlineMs,
        },
        actor,
      ),
  }),
);

const RemoveJobPayload = builder.objectRef<{ number: bigint; changed: boolean }>("RemoveJobPayload").implement({
  description: "What `removeJob` did.",
  fields: (t) => ({
    number: t.expose("number", { type: "BigInt" }),
    changed: t.exposeBoolean("changed", { description: CHANGED }),
  }),
});

const RemoveJobInput = builder.inputType("RemoveJobInput", {
  description: "What `removeJob` is given.",
  fields: (t) => ({
    number: t.field({ type: "BigInt", required: true }),
    expectedVersion: t.int({ description: EXPECTED_VERSION }),
    reason: t.string({ description: REASON }),
  }),
});

builder.mutationField("removeJob", (t) =>
  t.field({
    type: RemoveJobPayload,
    description:
      "Removes an ended job. Its events stay, and so does its data, which belongs to the dataset. Removing what is not there succeeds.",
    args: { input: t.arg({ type: RemoveJobInput, required: true }) },
    errors: {
      types: [JobConflictError, VersionConflictError],
      directResult: true,
      union: { name: "RemoveJobResult", description: "What `removeJob` answers." },
    },
    resolve: async (_, { input }, { database, actor }) => {
      const { number } = input;
      const reason = input.reason ?? undefined;
      const expectedVersion = input.expectedVersion ?? undefined;
      return { number, changed: await removeJob(database, { number, reason, expectedVersion }, actor) };
    },
  }),
);

const RetryJobPayload = builder.objectRef<{ job: JobRow; created: boolean }>("RetryJobPayload").implement({
  description: "What `retryJob` did.",
  fields: (t) => ({
    job: t.expose("job", { type: JobType, description: "The new job; its `retryOf` is the old one." }),
    created: t.exposeBoolean("created", {
      description: "False when an equal job was active already: that one is returned.",
    }),
  }),
});

const RetryJobInput = builder.inputType("RetryJobInput", {
  description: "What `retryJob` is given.",
  fields: (t) => ({
    number: t.field({ type: "BigInt", required: true }),
    expectedVersion: t.int({ description: EXPECTED_VERSION }),
  }),
});

builder.mutationField("retryJob", (t) =>
  t.field({
    type: RetryJobPayload,
    description: "Schedules a new job with the descriptor of one that has ended; it goes on where the tables are.",
    args: { input: t.arg({ type: RetryJobInput, required: true }) },
    errors: {
      types: [JobNotFoundError, VersionConflictError, JobConflictError, ActiveJobConflictError, JobStoppingError],
      directResult: true,
      union: { name: "RetryJobResult", description: "What `retryJob` answers." },
    },
    resolve: (_, { input }, { database, actor }) =>
      retryJob(database, { number: input.number, expectedVersion: input.expectedVersion ?? undefined }, actor),
  }),
);
