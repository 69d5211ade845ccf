import { JOB_STATUSES } from "../domain/job.ts";
import type { Database } from "./database.ts";
import type { JobEvent, JobEventType } from "./generated/client.ts";

/** A committed event. The sequence is its position in the order of commits, and the cursor of the log. */
export type EventRow = Omit<JobEvent, "sequence"> & { readonly sequence: bigint };

export type EventPage = {
  readonly job: bigint;
  readonly types?: readonly JobEventType[];
  /** Only later ones. */
  readonly after?: bigint | undefined;
  /** Only earlier ones. */
  readonly before?: bigint | undefined;
  readonly limit?: number;
  /** Read the page next to `before`, not the one next to `after`. */
  readonly fromEnd?: boolean;
};

/** The events that are one per status; the others say why. */
export const STATUS_EVENTS: readonly JobEventType[] = JOB_STATUSES;

/** Events of one job in the order of the log, whatever the direction of reading. */
export async function listEvents(database: Database, page: EventPage): Promise<EventRow[]> {
  const rows = await database.prisma.jobEvent.findMany({
    where: {
      jobNumber: page.job,
      sequence: { gt: page.after ?? -1n, ...(page.before === undefined ? {} : { lt: page.before }) },
      ...(page.types === undefined ? {} : { type: { in: [...page.types] } }),
    },
    orderBy: { sequence: page.fromEnd === true ? "desc" : "asc" },
    ...(page.limit === undefined ? {} : { take: page.limit }),
  });
  const events = rows.filter(isNumbered);
  return page.fromEnd === true ? events.reverse() : events;
}

/** Null when there is no such event, or it is of another job. */
export async function findEvent(database: Database, job: bigint, sequence: bigint): Promise<EventRow | null> {
  const row = await database.prisma.jobEvent.findUnique({ where: { sequence, jobNumber: job } });
  return row === null || !isNumbered(row) ? null : row;
}

function isNumbered(event: JobEvent): event is EventRow {
  return event.sequence !== null;
}
