/**
 * Every refusal that a caller can meet, one class each. The kind decides the HTTP status and the exit code, `retryable`
 * whether the same call may succeed later; anything that is not an `AmpError` is a bug and is masked at the door.
 */

/** What sort of refusal it is; REST maps it to a status, `ampctl` to an exit code. */
export type ErrorKind = "INVALID" | "NOT_FOUND" | "CONFLICT" | "DENIED" | "UNAVAILABLE" | "BUG";

/** Stable, documented codes: clients compare them. */
export type ErrorCode =
  | "INVALID_ARGUMENT"
  | "INVALID_MANIFEST"
  | "INVALID_PROVIDER_NAME"
  | "JOB_NOT_FOUND"
  | "EVENT_NOT_FOUND"
  | "DATASET_NOT_FOUND"
  | "MANIFEST_NOT_FOUND"
  | "PROVIDER_NOT_FOUND"
  | "WORKER_NOT_FOUND"
  | "PLAN_NOT_FOUND"
  | "JOB_CONFLICT"
  | "JOB_STOPPING"
  | "ACTIVE_JOB_CONFLICT"
  | "PROVIDER_IN_USE"
  | "IDEMPOTENCY_CONFLICT"
  | "VERSION_CONFLICT"
  | "PLAN_EXPIRED"
  | "OWNERSHIP_LOST"
  | "NO_PROVIDER"
  | "ENDPOINT_FAILING"
  | "CHAIN_ID_MISMATCH"
  | "CHAIN_MISMATCH"
  | "BAD_CHAIN_DATA"
  | "STORAGE_FAILING"
  | "JOB_STALLED"
  | "DATA_DIR_IN_USE"
  | "SCHEMA_MISMATCH"
  | "ADDRESS_IN_USE"
  | "DATABASE_UNAVAILABLE"
  | "TOO_MANY_SUBSCRIPTIONS"
  | "INVALID_CONFIG";

/** Facts beside the message, for machines: numbers as decimal strings, no secrets. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | null>>;

/** The ancestor of every refusal. The message is a full sentence that holds the offending value. */
export abstract class AmpError extends Error {
  abstract readonly code: ErrorCode;
  abstract readonly kind: ErrorKind;
  readonly retryable: boolean = false;
  readonly fields: ErrorFields;

  constructor(message: string, fields: ErrorFields = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.fields = fields;
  }
}

/** An argument that no state of the system would accept. */
export class InvalidArgumentError extends AmpError {
  readonly code = "INVALID_ARGUMENT";
  readonly kind = "INVALID";
}

/** A dataset manifest that does not say what to extract, or says it wrongly; the message names the path of the fault. */
export class InvalidManifestError extends AmpError {
  readonly code = "INVALID_MANIFEST";
  readonly kind = "INVALID";
}

export class InvalidProviderNameError extends AmpError {
  readonly code = "INVALID_PROVIDER_NAME";
  readonly kind = "INVALID";
  constructor(name: string) {
    super(
      `provider name '${name.slice(0, 100)}' is not allowed: use at most 255 lower-case letters, digits and '_', starting with a letter or '_'`,
    );
  }
}

export class JobNotFoundError extends AmpError {
  readonly code = "JOB_NOT_FOUND";
  readonly kind = "NOT_FOUND";
  constructor(number: bigint) {
    super(`job '${number}' not found`, { job: String(number) });
  }
}

export class EventNotFoundError extends AmpError {
  readonly code = "EVENT_NOT_FOUND";
  readonly kind = "NOT_FOUND";
  constructor(event: bigint, job: bigint) {
    super(`event '${event}' of job '${job}' not found`, { event: String(event), job: String(job) });
  }
}

export class DatasetNotFoundError extends AmpError {
  readonly code = "DATASET_NOT_FOUND";
  readonly kind = "NOT_FOUND";
  constructor(reference: string) {
    super(`dataset '${reference}' not found`, { reference });
  }
}

export class ManifestNotFoundError extends AmpError {
  readonly code = "MANIFEST_NOT_FOUND";
  readonly kind = "NOT_FOUND";
  constructor(hash: string) {
    super(`manifest '${hash}' not found`, { hash });
  }
}

export class ProviderNotFoundError extends AmpError {
  readonly code = "PROVIDER_NOT_FOUND";
  readonly kind = "NOT_FOUND";
  constructor(name: string) {
    super(`provider '${name}' not found`, { name });
  }
}

export class WorkerNotFoundError extends AmpError {
  readonly code = "WORKER_NOT_FOUND";
  readonly kind = "NOT_FOUND";
  constructor(nodeId: string) {
    super(`worker '${nodeId}' not found`, { nodeId });
  }
}

/** Nobody planned it, or another one did, or it expired long ago. */
export class PlanNotFoundError extends AmpError {
  readonly code = "PLAN_NOT_FOUND";
  readonly kind = "NOT_FOUND";
  constructor(token: string) {
    super(`plan '${token}' not found`, { plan: token });
  }
}

/** The job's status does not allow the action. */
export class JobConflictError extends AmpError {
  readonly code = "JOB_CONFLICT";
  readonly kind = "CONFLICT";
}

/** A deploy met a job of the same tables that is on its way to a stop. */
export class JobStoppingError extends AmpError {
  readonly code = "JOB_STOPPING";
  readonly kind = "CONFLICT";
  override readonly retryable = true;
  constructor(job: bigint, reference: string) {
    super(`job '${job}' of dataset '${reference}' is stopping: deploy again when it has ended`, { job: String(job) });
  }
}

/** A deploy met an active job of the same tables with another descriptor. */
export class ActiveJobConflictError extends AmpError {
  readonly code = "ACTIVE_JOB_CONFLICT";
  readonly kind = "CONFLICT";
  constructor(job: bigint, reference: string) {
    super(`dataset '${reference}' already has the active job '${job}' with other settings: stop it first`, {
      job: String(job),
    });
  }
}

/** The last provider of a network that an active job needs. */
export class ProviderInUseError extends AmpError {
  readonly code = "PROVIDER_IN_USE";
  readonly kind = "CONFLICT";
  constructor(name: string, network: string) {
    super(`provider '${name}' is the last one of network '${network}', which an active job needs`, { name, network });
  }
}

/** An idempotency key came back with other input. */
export class IdempotencyConflictError extends AmpError {
  readonly code = "IDEMPOTENCY_CONFLICT";
  readonly kind = "CONFLICT";
  constructor(key: string) {
    super(`idempotency key '${key}' was used for another deploy`, { key });
  }
}

/** `expectedVersion` does not match: the row changed since the caller read it. */
export class VersionConflictError extends AmpError {
  readonly code = "VERSION_CONFLICT";
  readonly kind = "CONFLICT";
  readonly job: bigint;
  constructor(job: bigint, expected: number, actual: number) {
    super(`job '${job}' has version ${actual}, not ${expected}`, { job: String(job), expected, actual });
    this.job = job;
  }
}

/** A plan is applied within its time or not at all: what it found is old by then. */
export class PlanExpiredError extends AmpError {
  readonly code = "PLAN_EXPIRED";
  readonly kind = "CONFLICT";
  constructor(token: string, expiredAt: Date) {
    super(`plan '${token}' expired at ${expiredAt.toISOString()}: plan again`, {
      plan: token,
      expiredAt: expiredAt.toISOString(),
    });
  }
}

/** The fence refused a write: another attempt owns the job, or it has ended. Never fatal to the worker. */
export class OwnershipLostError extends AmpError {
  readonly code = "OWNERSHIP_LOST";
  readonly kind = "CONFLICT";
  constructor(job: bigint) {
    super(`job '${job}' is no longer owned by this attempt`, { job: String(job) });
  }
}

/** No registered provider serves the network. Waiting cures it and counts as no attempt. */
export class NoProviderError extends AmpError {
  readonly code = "NO_PROVIDER";
  readonly kind = "UNAVAILABLE";
  override readonly retryable = true;
  constructor(network: string) {
    super(`no provider is registered for network '${network}'`, { network });
  }
}

/** An endpoint did not answer, or not in the way that JSON-RPC promises. */
export class EndpointFailingError extends AmpError {
  readonly code = "ENDPOINT_FAILING";
  readonly kind = "UNAVAILABLE";
  override readonly retryable = true;
}

/** The endpoints of one network, or the endpoint and the tables, are of different chains. */
export class ChainIdMismatchError extends AmpError {
  readonly code = "CHAIN_ID_MISMATCH";
  readonly kind = "CONFLICT";
  constructor(endpoint: string, expected: bigint, actual: bigint) {
    super(`endpoint ${endpoint} serves chain ${actual}, not ${expected}`, {
      endpoint,
      expected: String(expected),
      actual: String(actual),
    });
  }
}

/** The chain below finality, or at the dataset's first block, is not the one that was written. */
export class ChainMismatchError extends AmpError {
  readonly code = "CHAIN_MISMATCH";
  readonly kind = "CONFLICT";
}

/** A block or receipt that breaks a rule of the chain, or lacks a required field. */
export class BadChainDataError extends AmpError {
  readonly code = "BAD_CHAIN_DATA";
  readonly kind = "UNAVAILABLE";
  override readonly retryable = true;
}

/** The object store refused a write or a read. */
export class StorageFailingError extends AmpError {
  readonly code = "STORAGE_FAILING";
  readonly kind = "UNAVAILABLE";
  override readonly retryable = true;
}

/** An attempt whose stages all stood still for so long that its worker gave it up. */
export class JobStalledError extends AmpError {
  readonly code = "JOB_STALLED";
  readonly kind = "UNAVAILABLE";
  override readonly retryable = true;
  /** @param stage what the attempt was doing: `writing file x` */
  constructor(job: bigint, stage: string, stalledMs: number) {
    super(`job '${job}' has not advanced for ${Math.round(stalledMs / 1_000)} s: it was ${stage}`, {
      job: String(job),
      stage,
      stalledMs: Math.round(stalledMs),
    });
  }
}

/** The object store answered that it has no such object. */
export class ObjectMissingError extends StorageFailingError {}

export class DataDirInUseError extends AmpError {
  readonly code = "DATA_DIR_IN_USE";
  readonly kind = "CONFLICT";
  constructor(directory: string, owner: string) {
    super(`the data folder ${directory} is in use by ${owner}`, { directory });
  }
}

/** The database's schema is behind or ahead of this program. */
export class SchemaMismatchError extends AmpError {
  readonly code = "SCHEMA_MISMATCH";
  readonly kind = "UNAVAILABLE";
}

export class AddressInUseError extends AmpError {
  readonly code = "ADDRESS_IN_USE";
  readonly kind = "CONFLICT";
  constructor(host: string, port: number) {
    super(`port ${port} on ${host} is taken by another process: end it, or choose another with --port`, { host, port });
  }
}

export class DatabaseUnavailableError extends AmpError {
  readonly code = "DATABASE_UNAVAILABLE";
  readonly kind = "UNAVAILABLE";
  override readonly retryable = true;
}

export class TooManySubscriptionsError extends AmpError {
  readonly code = "TOO_MANY_SUBSCRIPTIONS";
  readonly kind = "UNAVAILABLE";
  override readonly retryable = true;
  constructor(limit: number) {
    super(`this server has ${limit} subscribers already, which is its limit`, { limit });
  }
}

/** Every fault of the settings at once, one a line. */
export class InvalidConfigError extends AmpError {
  readonly code = "INVALID_CONFIG";
  readonly kind = "INVALID";
}
