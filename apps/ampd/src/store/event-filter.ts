import { type Criteria, toCondition, toPredicate } from "./criteria.ts";
import type { DatasetKey } from "./dataset.ts";
import type { EventRow } from "./event.ts";
import { type JobEventType, Prisma } from "./generated/client.ts";

/** Events that meet all of it. */
export type EventFilter = {
  /** Of any of these jobs, also when they are gone. */
  readonly jobs?: readonly bigint[] | undefined;
  readonly dataset?: DatasetKey | undefined;
  /** Of any of these types. */
  readonly types?: readonly JobEventType[] | undefined;
  /** The person or token that acted. */
  readonly actor?: string | undefined;
};

const CRITERIA: Criteria<EventFilter, EventRow> = {
  jobs: {
    sql: (jobs) => Prisma.sql`job_number = any (${jobs}::bigint[])`,
    test: (jobs, event) => jobs.includes(event.jobNumber),
  },
  dataset: {
    sql: ({ namespace, name }) => Prisma.sql`namespace = ${namespace} and name = ${name}`,
    test: ({ namespace, name }, event) => event.namespace === namespace && event.name === name,
  },
  types: {
    sql: (types) => Prisma.sql`type = any (${types}::text[]::job_event_type[])`,
    test: (types, event) => types.includes(event.type),
  },
  actor: { sql: (actor) => Prisma.sql`actor = ${actor}`, test: (actor, event) => event.actor === actor },
};

/** The filter as a condition on a row of `job_event`. */
export function isEventOf(filter: EventFilter): Prisma.Sql {
  return toCondition(CRITERIA, filter);
}

/** Tells whether the filter selects an event: the same answer as the database's for the same row. */
export function eventSelector(filter: EventFilter): (event: EventRow) => boolean {
  return toPredicate(CRITERIA, filter);
}
