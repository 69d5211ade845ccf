import {
  ActiveJobConflictError,
  DatasetNotFoundError,
  EventNotFoundError,
  IdempotencyConflictError,
  InvalidProviderNameError,
  JobNotFoundError,
  ManifestNotFoundError,
  ProviderInUseError,
  ProviderNotFoundError,
  VersionConflictError,
  WorkerNotFoundError,
} from "../../domain/errors.ts";
import type { RestCode } from "../refusal.ts";

const HASH = "9f2c5a1e0b7d4c3896e1f0a2b4c6d8e0f1a3b5c7d9e1f3a5b7c9d1e3f5a7b9c1";

/** What a client reads of each refusal, in the words of who refuses; stable are the codes. */
const MESSAGES: Readonly<Partial<Record<RestCode, string>>> = {
  INVALID_JOB_ID: 'job id "abc" is not an integer from 1 to 9223372036854775807',
  INVALID_PATH: 'event id "abc" is not an integer from 1 to 9223372036854775807',
  INVALID_WORKER_ID: 'worker id "worker-*" is a pattern',
  INVALID_PROVIDER_NAME: new InvalidProviderNameError("Main net").message,
  LIMIT_INVALID: "limit must be from 1 to 1000, not 0",
  LIMIT_TOO_LARGE: "limit must be from 1 to 1000, not 5000",
  INVALID_QUERY_PARAMETERS: 'the parameter "colour" is not known: this route has none',
  INVALID_QUERY_PARAM: "status is missing: use terminal, completed, stopped, error or failed",
  INVALID_REQUEST_BODY: "provider.url must be an absolute http, https, ws or wss URL",
  INVALID_PAYLOAD_FORMAT: "body.name: must be a string, not 7",
  INVALID_BODY: 'body.verify: must be true or false, not "yes"',
  INVALID_MANIFEST: 'manifest.tables has "traces": the tables of an evm-rpc dataset are blocks, transactions, logs',
  FORBIDDEN: "origin 'https://elsewhere.example' is not allowed: name it with --allow-origin",
  JOB_NOT_FOUND: new JobNotFoundError(42n).message,
  EVENT_NOT_FOUND: new EventNotFoundError(7n, 42n).message,
  DATASET_NOT_FOUND: new DatasetNotFoundError("_/eth").message,
  MANIFEST_NOT_FOUND: new ManifestNotFoundError(HASH).message,
  PROVIDER_NOT_FOUND: new ProviderNotFoundError("mainnet").message,
  WORKER_NOT_FOUND: new WorkerNotFoundError("worker-1").message,
  JOB_CONFLICT: "job '42' is RUNNING: stop it first",
  ACTIVE_JOB_CONFLICT: new ActiveJobConflictError(42n, "_/eth").message,
  PROVIDER_IN_USE: new ProviderInUseError("mainnet", "mainnet").message,
  IDEMPOTENCY_CONFLICT: new IdempotencyConflictError("nightly-2026-11-24").message,
  PRECONDITION_FAILED: new VersionConflictError(42n, 3, 4).message,
  PAYLOAD_TOO_LARGE: "a body of more than 1048576 bytes is not taken",
  UNSUPPORTED_MEDIA_TYPE: "a body must be application/json in UTF-8, not 'text/plain'",
  INTERNAL: "internal error; request id 0b7e3f6a-4c1d-4f0e-9a55-2f6f0c1d7e88",
  UNAVAILABLE: "the server is starting",
};

/**
 * The body of a refusal.
 * @throws Error for a code that has no example
 */
export function exampleError(code: RestCode) {
  const message = MESSAGES[code];
  if (message === undefined) throw new Error(`there is no example of ${code}`);
  return { error_code: code, error_message: message, request_id: "0b7e3f6a-4c1d-4f0e-9a55-2f6f0c1d7e88" };
}
