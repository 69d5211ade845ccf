import type { Actor } from "../domain/actor.ts";
import type { Database } from "./database.ts";
import { Prisma } from "./generated/client.ts";
import { moveJobs } from "./job-move.ts";
import type { JobRow } from "./job-row.ts";

export type ReapLimits = { readonly maxAttempts: number };

/**
 * Takes every job whose owner's lease is over, or whose stop deadline has passed, to where it belongs: RUNNING back to
 * the queue (or FAILED after too many attempts), a stop to its end. Any number of reapers may run at once.
 * @returns the jobs that moved
 */
export async function reapJobs(database: Database, limits: ReapLimits, actor: Actor): Promise<JobRow[]> {
  const orphaned = Prisma.sql`not exists (
    select from worker w where w.incarnation = job.incarnation and w.lease_until > now() and w.signed_off_at is null)`;
  const exhausted = Prisma.sql`failures + 1 >= ${limits.maxAttempts}`;
  const cause = { type: "LEASE_EXPIRED" } as const;
  const failure = {
    code: "LEASE_EXPIRED",
    message: "the worker that owned the job is gone",
    retryable: true,
  };
  const lastError = Prisma.sql`last_error = ${JSON.stringify(failure)}::jsonb || jsonb_build_object(
    'attempt', attempt, 'fields', '{}'::jsonb, 'causes', '[]'::jsonb)`;
  const common = { by: "reaper", actor, cause } as const;
  const failed = await moveJobs(database, {
    ...common,
    to: "FAILED",
    which: Prisma.sql`${skipLocked(orphaned)} and ${exhausted}`,
    detail: Prisma.sql`last_error`,
    set: Prisma.sql`, failures = failures + 1, ${lastError}`,
  });
  const scheduled = await moveJobs(database, {
    ...common,
    to: "SCHEDULED",
    which: Prisma.sql`${skipLocked(orphaned)} and not (${exhausted})`,
    set: Prisma.sql`, failures = failures + 1, ${lastError}`,
  });
  const stopped = await moveJobs(database, { ...common, to: "STOPPED", which: skipLocked(orphaned) });
  const overdue = await moveJobs(database, {
    by: "reaper",
    actor,
    cause: { type: "STOP_OVERDUE" },
    to: "STOPPED",
    which: skipLocked(Prisma.sql`stop_deadline < now()`),
  });
  return [...failed, ...scheduled, ...stopped, ...overdue];
}

/** Another reaper, or an owner that publishes just now, has the row: it is looked at again next time. */
function skipLocked(condition: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`number = any (array(
    select number from job where status in ('RUNNING', 'STOP_REQUESTED', 'STOPPING') and ${condition}
    order by number limit 500 for update skip locked))`;
}
