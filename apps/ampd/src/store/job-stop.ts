import type { Actor } from "../domain/actor.ts";
import { JobConflictError, VersionConflictError } from "../domain/errors.ts";
import type { Database } from "./database.ts";
import { Prisma } from "./generated/client.ts";
import { moveJobs } from "./job-move.ts";
import { getJob } from "./job-read.ts";
import type { JobRow } from "./job-row.ts";

export type StopRequest = {
  readonly number: bigint;
  readonly expectedVersion?: number | undefined;
  readonly reason?: string | undefined;
  /** How long the owner has before the reaper ends the job. */
  readonly deadlineMs: number;
};

const MAX_TRIES = 5;

/**
 * Asks the owner to stop, or ends the job at once when nobody owns it. Idempotent: a job that has ended or is stopping
 * stays as it is.
 * @throws JobNotFoundError
 * @throws VersionConflictError when `expectedVersion` does not match
 */
export async function stopJob(
  database: Database,
  request: StopRequest,
  actor: Actor,
): Promise<{ job: JobRow; changed: boolean }> {
  const version =
    request.expectedVersion === undefined ? Prisma.empty : Prisma.sql`and version = ${request.expectedVersion}`;
  const which = Prisma.sql`number = ${request.number} ${version}`;
  const common = { by: "operator", which, actor, reason: request.reason ?? null } as const;
  const deadline = Prisma.sql`, stop_deadline = now() + ${request.deadlineMs} * interval '1 millisecond'`;
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const [ended] = await moveJobs(database, { ...common, to: "STOPPED" });
    if (ended !== undefined) return { job: ended, changed: true };
    const [asked] = await moveJobs(database, { ...common, to: "STOP_REQUESTED", set: deadline });
    if (asked !== undefined) return { job: asked, changed: true };
    const job = await getJob(database, request.number);
    if (request.expectedVersion !== undefined && job.version !== request.expectedVersion) {
      throw new VersionConflictError(job.number, request.expectedVersion, job.version);
    }
    // A job between two owners may have been claimed or handed over between the statements: look again.
    if (job.status !== "SCHEDULED" && job.status !== "RUNNING") return { job, changed: false };
  }
  throw new JobConflictError(`job '${request.number}' changes too fast to be stopped: try again`);
}
