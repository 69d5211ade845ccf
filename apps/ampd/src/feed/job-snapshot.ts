import type { TableProgress } from "../domain/table-progress.ts";
import type { Database } from "../store/database.ts";
import { findJobs } from "../store/job-read.ts";
import type { JobRow } from "../store/job-row.ts";
import { type LiveRow, liveOf } from "../store/live.ts";
import { progressOf } from "../store/table.ts";

/** Everything that a subscriber of a job is shown, read at one time. */
export type JobSnapshot = {
  readonly job: JobRow;
  readonly tables: readonly TableProgress[];
  readonly live: LiveRow | undefined;
};

/** Reads many jobs with three queries in all. Jobs that are gone are absent. */
export async function readSnapshots(database: Database, numbers: readonly bigint[]): Promise<Map<bigint, JobSnapshot>> {
  const jobs = await findJobs(database, numbers);
  const [tables, live] = await Promise.all([progressOf(database, jobs), liveOf(database, numbers)]);
  return new Map(
    jobs.map((job) => [job.number, { job, tables: tables.get(job.number) ?? [], live: live.get(job.number) }]),
  );
}
