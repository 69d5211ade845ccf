import type { Database } from "./database.ts";
import type { EventRow } from "./event.ts";
import { type EventFilter, isEventOf } from "./event-filter.ts";
import { Prisma } from "./generated/client.ts";

/** A page of the log; `after` and `before` are exclusive. */
export type EventLogPage = {
  readonly filter: EventFilter;
  readonly limit: number;
  readonly after?: bigint | undefined;
  readonly before?: bigint | undefined;
  /** Read the page next to `before`, or the last one, not the one next to `after`. */
  readonly fromEnd?: boolean;
};

/** At most `limit` committed events of all jobs in the order of the log, whatever the direction of reading. */
export async function pageEvents(database: Database, page: EventLogPage): Promise<EventRow[]> {
  const { filter, limit, after, before, fromEnd = false } = page;
  const direction = fromEnd ? Prisma.sql`desc` : Prisma.sql`asc`;
  const rows = await database.prisma.$queryRaw<EventRow[]>`
    select ${EVENT_COLUMNS} from job_event
    where sequence > ${after ?? -1n} and ${before === undefined ? Prisma.sql`true` : Prisma.sql`sequence < ${before}`}
      and ${isEventOf(filter)}
    order by sequence ${direction} limit ${limit}`;
  return fromEnd ? rows.reverse() : rows;
}

/** Those of the events that are kept, in the order of the log. */
export function findEvents(database: Database, sequences: readonly bigint[]): Promise<EventRow[]> {
  return database.prisma.$queryRaw<EventRow[]>`
    select ${EVENT_COLUMNS} from job_event where sequence = any (${sequences}::bigint[]) order by sequence`;
}

const EVENT_COLUMNS = Prisma.raw(`
  id, sequence, job_number as "jobNumber", namespace, name, type::text as type, time, node_id as "nodeId", actor,
  request_id as "requestId", reason, detail`);
