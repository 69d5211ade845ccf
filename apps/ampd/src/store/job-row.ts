import type { JobFailure } from "../domain/job-failure.ts";
import { type Job, Prisma } from "./generated/client.ts";

/** A job as the database has it. Times are UTC with milliseconds. */
export type JobRow = Omit<Job, "lastError" | "finalTables"> & {
  lastError: JobFailure | null;
  finalTables: FrozenTable[] | null;
};

/** A table's progress at the end of a job, as JSON: 64-bit numbers are decimal strings. */
export type FrozenTable = {
  table: string;
  startBlock: string | null;
  currentBlock: string | null;
  /** Absent in jobs that ended before it was kept. */
  currentTimestamp?: string | null;
  filesCount: string;
  totalSizeBytes: string;
  rowCount: string;
};

/** The columns of `job` under the names of `JobRow`. */
export const JOB_COLUMNS = Prisma.raw(`
  number, status::text as status, version, namespace, name, manifest_hash as "manifestHash", end_block as "endBlock",
  parallelism, verify, node_selector as "nodeSelector", node_id as "nodeId", incarnation, attempt, failures,
  target_block as "targetBlock", created_at as "createdAt", updated_at as "updatedAt", scheduled_at as "scheduledAt",
  started_at as "startedAt", ended_at as "endedAt", next_attempt_at as "nextAttemptAt",
  stop_requested_at as "stopRequestedAt", stop_deadline as "stopDeadline", last_error as "lastError",
  retry_of as "retryOf", final_tables as "finalTables"`);

/** The descriptor of the wire contract (`rest.md`), built from a row of `job`. */
export const DESCRIPTOR = Prisma.raw(`
  jsonb_build_object('kind', 'materialize-raw', 'end_block', end_block, 'max_writers', parallelism,
    'dataset_namespace', namespace, 'dataset_name', name, 'manifest_hash', manifest_hash, 'verify', verify)`);
