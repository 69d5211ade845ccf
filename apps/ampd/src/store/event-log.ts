import type { Database } from "./database.ts";
import type { EventRow } from "./event.ts";
import { type EventFilter, isEventOf } from "./event-filter.ts";
import { Prisma } from "./generated/client.ts";

export type LogRead = {
  /** A cursor: only later events. */
  readonly after: bigint;
  /** Only events up to this sequence, itself included. */
  readonly upTo?: bigint | undefined;
  readonly filter?: EventFilter | undefined;
  readonly limit: number;
};

/** What was read, and how far retention had come at that moment: with a cursor before it, events are missing. */
export type LogPage = { readonly events: readonly EventRow[]; readonly droppedTo: bigint };

/** A cursor is the sequence of the last event that was seen; the log is what comes after `droppedTo`, up to `newest`. */
export type LogBounds = {
  /** The highest sequence that retention dropped; 0 when it dropped none. */
  readonly droppedTo: bigint;
  /** The highest sequence that was committed; `droppedTo` when no event is left. */
  readonly newest: bigint;
};

/**
 * Committed events of all jobs, by sequence. What a later call finds after the last one of these was committed later: a
 * reader that goes on from there misses nothing.
 */
export async function readLog(database: Database, { after, upTo, filter = {}, limit }: LogRead): Promise<LogPage> {
  const end = upTo === undefined ? Prisma.sql`true` : Prisma.sql`sequence <= ${upTo}`;
  // One statement sees both at one moment.
  const rows = await database.prisma.$queryRaw<({ droppedTo: bigint } & (EventRow | { sequence: null }))[]>`
    select log.dropped_to as "droppedTo", event.id, sequence, job_number as "jobNumber", namespace, name, type::text as type,
      time, node_id as "nodeId", actor, request_id as "requestId", reason, detail
    from job_event_log log left join lateral (
      select * from job_event where sequence > ${after} and ${end} and ${isEventOf(filter)} order by sequence limit ${limit}
    ) event on true
    order by sequence`;
  const events: EventRow[] = [];
  for (const { droppedTo: _, ...row } of rows) if (row.sequence !== null) events.push(row);
  return { events, droppedTo: rows[0]?.droppedTo ?? 0n };
}

/** Where the log begins and ends now. */
export async function logBounds(database: Database): Promise<LogBounds> {
  const [row] = await database.prisma.$queryRaw<{ droppedTo: bigint; newest: bigint | null }[]>`
    select dropped_to as "droppedTo", (select max(sequence) from job_event) as newest from job_event_log`;
  const droppedTo = row?.droppedTo ?? 0n;
  return { droppedTo, newest: row?.newest ?? droppedTo };
}
