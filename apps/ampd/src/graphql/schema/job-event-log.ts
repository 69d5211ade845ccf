import type { LogItem } from "../../feed/log-reader.ts";
import type { EventRow } from "../../store/event.ts";
import { type LogBounds, logBounds } from "../../store/event-log.ts";
import { pageEvents } from "../../store/event-page.ts";
import { builder } from "../builder.ts";
import { SEQUENCE_CURSORS } from "../cursor.ts";
import { mapItems } from "../map-items.ts";
import { parsePage, toConnection } from "../page.ts";
import { describePage, PAGES } from "../page-sizes.ts";
import { JobEventConnection, JobEventType } from "./job-event.ts";
import { JobEventFilterInput, toEventFilter } from "./job-event-filter.ts";

const EventLogBounds = builder.objectRef<LogBounds>("JobEventBounds").implement({
  description: "What the event log holds now. Every event after `startCursor`, up to `endCursor`, is kept.",
  fields: (t) => ({
    startCursor: t.string({
      description: "Before the oldest event that is kept; `0` while none was dropped.",
      resolve: ({ droppedTo }) => SEQUENCE_CURSORS.format(droppedTo),
    }),
    endCursor: t.string({
      description: "At the newest event; the start when there is none.",
      resolve: ({ newest }) => SEQUENCE_CURSORS.format(newest),
    }),
  }),
});

builder.queryFields((t) => ({
  jobEventBounds: t.field({
    type: EventLogBounds,
    description: "Where the event log begins and ends.",
    resolve: (_, __, { database }) => logBounds(database),
  }),
  jobEvents: t.connection(
    {
      type: JobEventType,
      description: `The event log of all jobs, also of those that are gone, oldest first; ${describePage(PAGES.events)} A cursor is the event's sequence; \`0\` stands before all. The same cursors are good for the subscription.`,
      args: { filter: t.arg({ type: JobEventFilterInput }) },
      resolve: async (_, args, { database }) => {
        const page = parsePage(args, PAGES.events, SEQUENCE_CURSORS);
        const rows = await pageEvents(database, {
          ...page,
          filter: toEventFilter(args.filter),
          limit: page.limit + 1,
        });
        return toConnection(rows, page, { cursors: SEQUENCE_CURSORS, keyOf: ({ sequence }) => sequence });
      },
    },
    JobEventConnection,
  ),
}));

/** An item of the feed; whoever comes back with its cursor misses nothing. */
type Reached = { readonly kind: "JobEventReached"; readonly cursor: string; readonly event: EventRow };
type CaughtUp = { readonly kind: "CaughtUp"; readonly cursor: string };
type Lagged = { readonly kind: "Lagged"; readonly cursor: string; readonly missed: bigint };

const ReachedType = builder.objectRef<Reached>("JobEventReached").implement({
  description: "The next event of the log.",
  fields: (t) => ({
    cursor: t.exposeString("cursor", { description: "Where the feed stands, for `after`: the event's sequence." }),
    event: t.expose("event", { type: JobEventType, description: "What happened." }),
  }),
});

const CaughtUpType = builder.objectRef<CaughtUp>("CaughtUp").implement({
  description: "Every event up to now was given, or is not one that the filter selects: what follows happens now.",
  fields: (t) => ({
    cursor: t.exposeString("cursor", { description: "Where the feed stands, for `after`." }),
  }),
});

const LaggedType = builder.objectRef<Lagged>("Lagged").implement({
  description: "Events were dropped by retention before they could be given; the feed goes on with what is kept.",
  fields: (t) => ({
    missed: t.expose("missed", {
      type: "BigInt",
      description: "How many are gone, at most; of the whole log, whatever the filter.",
    }),
    resumeFrom: t.exposeString("cursor", { description: "The feed goes on after this cursor." }),
  }),
});

const JobEventItem = builder.unionType("JobEventItem", {
  description: "What `jobEvents` gives.",
  types: [ReachedType, CaughtUpType, LaggedType],
  resolveType: ({ kind }) => kind,
});

builder.subscriptionField("jobEvents", (t) =>
  t.field({
    type: JobEventItem,
    description:
      "Every event of the log after a cursor, in order and once, at the pace of the client; then `CaughtUp`, and what happens from then on. Never coalesced. After a disconnect, also of another server, it goes on where the last item's cursor stands.",
    args: {
      after: t.arg.string({
        description:
          "The cursor of the last item that was seen; `0` for all that is kept; absent: from now on. Over SSE, `Last-Event-ID` wins over it.",
      }),
      filter: t.arg({ type: JobEventFilterInput }),
    },
    subscribe: async (_, args, { events, lastEventId }) => {
      const cursor = lastEventId ?? args.after ?? undefined;
      const after = cursor === undefined ? undefined : SEQUENCE_CURSORS.parse(cursor);
      return mapItems(await events.follow({ after, filter: toEventFilter(args.filter) }), toItem);
    },
    resolve: (item: Reached | CaughtUp | Lagged) => item,
  }),
);

/** One object for all who are given the event, so that it is executed once for them. */
const reached = new WeakMap<EventRow, Reached>();

function toItem(item: LogItem): Reached | CaughtUp | Lagged {
  if (item.kind === "caughtUp") return { kind: "CaughtUp", cursor: SEQUENCE_CURSORS.format(item.cursor) };
  if (item.kind === "lagged") {
    return { kind: "Lagged", cursor: SEQUENCE_CURSORS.format(item.resumeFrom), missed: item.missed };
  }
  const { event } = item;
  const known = reached.get(event);
  if (known !== undefined) return known;
  const made: Reached = { kind: "JobEventReached", cursor: SEQUENCE_CURSORS.format(event.sequence), event };
  reached.set(event, made);
  return made;
}
