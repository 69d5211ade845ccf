import {
  ActiveJobConflictError,
  type AmpError,
  DatasetNotFoundError,
  IdempotencyConflictError,
  InvalidArgumentError,
  InvalidManifestError,
  InvalidProviderNameError,
  JobConflictError,
  JobNotFoundError,
  JobStoppingError,
  ManifestNotFoundError,
  PlanExpiredError,
  PlanNotFoundError,
  ProviderInUseError,
  ProviderNotFoundError,
  VersionConflictError,
  WorkerNotFoundError,
} from "../../domain/errors.ts";
import { findJob } from "../../store/job-read.ts";
import { builder } from "../builder.ts";
import { JobType } from "./job.ts";

const CODES = [
  "INVALID_ARGUMENT",
  "INVALID_MANIFEST",
  "INVALID_PROVIDER_NAME",
  "JOB_NOT_FOUND",
  "DATASET_NOT_FOUND",
  "MANIFEST_NOT_FOUND",
  "PROVIDER_NOT_FOUND",
  "WORKER_NOT_FOUND",
  "PLAN_NOT_FOUND",
  "JOB_CONFLICT",
  "JOB_STOPPING",
  "ACTIVE_JOB_CONFLICT",
  "PROVIDER_IN_USE",
  "IDEMPOTENCY_CONFLICT",
  "VERSION_CONFLICT",
  "PLAN_EXPIRED",
] as const;

const ErrorCode = builder.enumType("ErrorCode", {
  description: "Stable codes of the refusals: compare these, not messages.",
  values: CODES,
});

const ErrorInterface = builder.interfaceRef<AmpError>("Error").implement({
  description: "A refusal: the request was understood and not carried out.",
  fields: (t) => ({
    code: t.field({
      type: ErrorCode,
      description: "Which refusal it is.",
      // Only the classes below reach a result type, and their codes are those above.
      resolve: (error) => error.code as (typeof CODES)[number],
    }),
    message: t.exposeString("message", { description: "A sentence for people; it names the offending value." }),
    retryable: t.exposeBoolean("retryable", { description: "Whether the same request may succeed later." }),
    retryAfterMs: t.int({
      nullable: true,
      description: "When to try again, where that is known.",
      resolve: () => null,
    }),
  }),
});

/** One object type for each refusal that a mutation can meet. */
const REFUSALS = {
  InvalidArgumentError: [InvalidArgumentError, "A value that no state of the system would accept."],
  InvalidManifestError: [InvalidManifestError, "A manifest that is wrong; the message names the path of the fault."],
  InvalidProviderNameError: [InvalidProviderNameError, "A provider's name that is not allowed."],
  JobNotFoundError: [JobNotFoundError, "There is no job of this number."],
  DatasetNotFoundError: [DatasetNotFoundError, "There is no such dataset, or it has no such revision."],
  ManifestNotFoundError: [ManifestNotFoundError, "Nobody registered a manifest of this hash."],
  ProviderNotFoundError: [ProviderNotFoundError, "There is no provider of this name."],
  WorkerNotFoundError: [WorkerNotFoundError, "There is no worker of this node id."],
  JobConflictError: [JobConflictError, "The job's status does not allow it, or changed too fast."],
  JobStoppingError: [JobStoppingError, "A job of the same tables is stopping: deploy again when it has ended."],
  ActiveJobConflictError: [ActiveJobConflictError, "A job of the same tables is active, with other settings."],
  ProviderInUseError: [ProviderInUseError, "The last provider of a network that an active job needs."],
  PlanNotFoundError: [PlanNotFoundError, "There is no plan of this token, or it is somebody else's."],
  PlanExpiredError: [PlanExpiredError, "The plan's time is over: plan again."],
  IdempotencyConflictError: [IdempotencyConflictError, "The idempotency key was used with other input."],
} as const;

for (const [name, [refusal, description]] of Object.entries(REFUSALS)) {
  builder.objectType(refusal, { name, description, interfaces: [ErrorInterface] });
}

builder.objectType(VersionConflictError, {
  name: "VersionConflictError",
  description: "The job changed since the caller read it.",
  interfaces: [ErrorInterface],
  fields: (t) => ({
    job: t.field({
      type: JobType,
      nullable: true,
      description: "The job as it is now; null when it is gone.",
      resolve: async ({ job }, _, { database }) => (await findJob(database, job)) ?? null,
    }),
  }),
});
