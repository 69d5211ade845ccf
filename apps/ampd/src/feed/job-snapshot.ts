import type { ProgressSource } from "../domain/live-progress.ts";
import type { Database } from "../store/database.ts";
import { findJobs } from "../store/job-read.ts";
import type { JobRow } from "../store/job-row.ts";
import { type LiveReading, readLive } from "../store/live.ts";
import { progressOf } from "../store/table.ts";

/** Everything that a subscriber of a job is shown, read one after another. */
export type JobSnapshot = LiveReading & {
  readonly job: JobRow;
  readonly tables: ProgressSource["tables"];
};

/** Reads many jobs with three queries in all. Jobs that are gone are absent. */
export async function readSnapshots(database: Database, numbers: readonly bigint[]): Promise<Map<bigint, JobSnapshot>> {
  const jobs = await findJobs(database, numbers);
  const [tables, live] = await Promise.all([progressOf(database, jobs), readLive(database, jobs)]);
  return new Map(jobs.flatMap((job) => snapshotOf(job, tables.get(job.number) ?? [], live.get(job.number))));
}

function snapshotOf(
  job: JobRow,
  tables: JobSnapshot["tables"],
  reading: LiveReading | undefined,
): [bigint, JobSnapshot][] {
  return reading === undefined ? [] : [[job.number, { job, tables, ...reading }]];
}
