import type { Actor } from "../domain/actor.ts";
import { isEnded, type JobStatus, type Mover, sourcesOf } from "../domain/job.ts";
import type { Database } from "./database.ts";
import { type JobEventType, Prisma } from "./generated/client.ts";
import { DESCRIPTOR, JOB_COLUMNS, type JobRow } from "./job-row.ts";

/** A move of all jobs that `which` selects and that stand where the table of arrows lets `by` move them to `to`. */
export type Move = {
  readonly to: JobStatus;
  readonly by: Mover;
  /** A condition on the row of `job`. */
  readonly which: Prisma.Sql;
  /** Narrower than the arrows, where the mover knows what it saw. */
  readonly from?: readonly JobStatus[];
  /** Assignments beside those that every move makes. */
  readonly set?: Prisma.Sql;
  readonly actor: Actor;
  readonly reason?: string | null;
  /** Detail of the status event, as a value or in SQL over the moved row; SCHEDULED always carries the descriptor. */
  readonly detail?: object | Prisma.Sql;
  /** An event that says why, before the status event. */
  readonly cause?: { readonly type: JobEventType; readonly detail?: object };
};

/**
 * The one mechanism that changes a job's status: the guarded update, its events and (by the events' trigger) the
 * notification, in one statement.
 * @returns the jobs that moved, by number; the others were elsewhere by then. It starts when it is awaited, or as part of
 * a batch
 */
export function moveJobs(database: Database, move: Move): Prisma.PrismaPromise<JobRow[]> {
  const from = (move.from ?? sourcesOf(move.to, move.by)).filter((status) =>
    sourcesOf(move.to, move.by).includes(status),
  );
  return database.prisma.$queryRaw<JobRow[]>`
    with moved as (
      update job
      set status = ${move.to}::job_status, version = version + 1, updated_at = now()
        ${stampsOf(move.to)} ${move.set ?? Prisma.empty}
      where status = any (${from}::text[]::job_status[]) and ${move.which}
      returning *
    ), recorded as (
      insert into job_event (job_number, type, node_id, actor, request_id, reason, detail)
      select number, e.type::job_event_type, ${move.actor.nodeId}, ${move.actor.name}, ${move.actor.requestId},
        ${move.reason ?? null}, e.detail
      from moved, lateral (values ${eventsOf(move)}) as e (position, type, detail)
      where e.type is not null
      order by number, e.position
    )
    select ${JOB_COLUMNS} from moved order by number`;
}

function eventsOf(move: Move): Prisma.Sql {
  const detail = move.to === "SCHEDULED" ? DESCRIPTOR : json(move.detail);
  const cause = move.cause;
  return Prisma.sql`(1, ${cause?.type ?? null}::text, ${json(cause?.detail)}), (2, ${move.to}::text, ${detail})`;
}

function json(value: object | Prisma.Sql | undefined): Prisma.Sql {
  if (value instanceof Prisma.Sql) return value;
  return Prisma.sql`${value === undefined ? null : JSON.stringify(value)}::jsonb`;
}

/** What every move to a status sets. An ended job keeps the progress that it ended with. */
function stampsOf(to: JobStatus): Prisma.Sql {
  if (to === "SCHEDULED") return Prisma.sql`, scheduled_at = now(), incarnation = null`;
  if (to === "STOP_REQUESTED") return Prisma.sql`, stop_requested_at = now()`;
  if (!isEnded(to)) return Prisma.empty;
  return Prisma.sql`, ended_at = now(), next_attempt_at = null, incarnation = null, final_tables = (
    select coalesce(jsonb_agg(jsonb_build_object(
      'table', t.table_name, 'startBlock', t.start_block::text, 'currentBlock', t.current_block::text,
      'currentTimestamp', t.current_block_timestamp::text, 'filesCount', t.files_count::text, 'totalSizeBytes', t.total_size_bytes::text, 'rowCount', t.row_count::text
    ) order by t.id), '[]')
    from dataset_table t
    where t.namespace = job.namespace and t.name = job.name and t.manifest_hash = job.manifest_hash
      and t.active and t.last_file_ns is not null)`;
}
