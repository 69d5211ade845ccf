import type { RestCode } from "../refusal.ts";

const HASH = "9f2c5a1e0b7d4c3896e1f0a2b4c6d8e0f1a3b5c7d9e1f3a5b7c9d1e3f5a7b9c1";

/** What a client reads of each refusal; the codes are stable, of the messages those of what is not found. */
const MESSAGES: Readonly<Partial<Record<RestCode, string>>> = {
  INVALID_JOB_ID: "job id 'abc' is not an integer from 1 to 9223372036854775807",
  INVALID_PATH: "event id 'abc' is not an integer from 1 to 9223372036854775807",
  INVALID_WORKER_ID: "worker id 'worker-*' is a pattern",
  INVALID_PROVIDER_NAME:
    "provider name 'Main net' is not allowed: use at most 255 lower-case letters, digits and '_', starting with a letter or '_'",
  LIMIT_INVALID: "limit must be from 1 to 1000, not 0",
  LIMIT_TOO_LARGE: "limit must be from 1 to 1000, not 5000",
  INVALID_QUERY_PARAMETERS: "the parameter 'colour' is not known: this route has none",
  INVALID_QUERY_PARAM: "status is missing: use terminal, completed, stopped, error or failed",
  INVALID_REQUEST_BODY: "url is missing",
  INVALID_PAYLOAD_FORMAT: "body.name: must be a string, not 7",
  INVALID_BODY: "body.parallelism: must be an integer, not 'many'",
  INVALID_MANIFEST: "manifest.tables.traces is not a table: use blocks, transactions or logs",
  FORBIDDEN: "origin 'https://elsewhere.example' is not allowed: name it with --allow-origin",
  JOB_NOT_FOUND: "job '42' not found",
  EVENT_NOT_FOUND: "event '7' of job '42' not found",
  DATASET_NOT_FOUND: "dataset '_/eth' not found",
  MANIFEST_NOT_FOUND: `manifest '${HASH}' not found`,
  PROVIDER_NOT_FOUND: "provider 'mainnet' not found",
  WORKER_NOT_FOUND: "worker 'worker-1' not found",
  JOB_CONFLICT: "job '42' is RUNNING: stop it first",
  ACTIVE_JOB_CONFLICT: "job '42' of the dataset is active with other settings",
  PROVIDER_IN_USE: "provider 'mainnet' is the last one of network 'mainnet', which job '42' needs",
  IDEMPOTENCY_CONFLICT: "the key 'nightly-2026-11-24' was used for another deploy",
  PRECONDITION_FAILED: "job '42' has version 4, not 3",
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
