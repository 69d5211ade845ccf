import { allPages } from "../client/all-pages.ts";
import { query } from "../client/graphql.ts";
import { requireFound } from "../client/not-found.ts";
import { getJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import { JobEventsDocument, type JobEventsQuery, JobExistsDocument } from "../generated/api.ts";
import { type EventFeedOptions, showFeed } from "../live/event-feed.ts";
import { type Cell, NONE } from "../output/cell.ts";
import type { Column } from "../output/table.ts";
import { formatTime } from "../output/units.ts";
import { eventCell, eventDetail } from "../views/event.ts";

type Event = JobEventsQuery["jobEvents"]["nodes"][number];

const PAGE = 1_000;

const COLUMNS: readonly Column[] = [
  { header: "ID", align: "right", dropAt: 3 },
  { header: "TIME" },
  { header: "EVENT" },
  { header: "NODE", least: 6, dropAt: 2 },
  { header: "BY", least: 6, dropAt: 4 },
  { header: "DETAIL", least: 12, dropAt: 1 },
];

/** `ampctl job events` */
export async function jobEvents(
  context: Context,
  options: EventFeedOptions,
  id: bigint | undefined,
): Promise<undefined> {
  if (id === undefined || Object.keys(options).length > 0) await showFeed(context, options, id);
  else await showHistory(context, id);
}

async function showHistory({ server, output, isJson }: Context, id: bigint): Promise<undefined> {
  if (isJson) {
    output.rawJson(await getJsonText(server, `/jobs/${id}/events`));
    return;
  }
  const number = String(id);
  const filter = { jobNumbers: [number] };
  const events = await allPages(
    async (after) => (await query(server, JobEventsDocument, { filter, first: PAGE, after })).jobEvents,
  );
  if (events.length === 0) requireFound((await query(server, JobExistsDocument, { number })).job, "job", id);
  output.table(COLUMNS, events.map(toRow), `job ${id} has no events`);
}

function toRow(event: Event): Cell[] {
  const { sequence, time, type, nodeId, actor } = event;
  return [sequence, formatTime(new Date(time)), eventCell(type), nodeId, actor ?? NONE, eventDetail(event)];
}
