import { cursorAt, type FeedPage, readFeed } from "../client/event-feed.ts";
import { createLink } from "../client/link.ts";
import type { Context } from "../context.ts";
import type { JobEventFilter, JobEventType } from "../generated/api.ts";
import { type DatasetReference, nameOf } from "../options/dataset.ts";
import { parseSince } from "../options/since.ts";
import { eventLine } from "./event-line.ts";

export type EventFeedOptions = {
  readonly follow?: boolean;
  readonly since?: string;
  readonly after?: string;
  readonly dataset?: DatasetReference;
  readonly type?: readonly JobEventType[];
};

/** Events as they happen, or with a beginning what happened since then, one a line. */
export async function showFeed(
  context: Context,
  options: EventFeedOptions,
  id: bigint | undefined,
): Promise<undefined> {
  const { server, output } = context;
  const link = createLink({ signal: server.signal, note: output.note });
  const after = await beginning(context, options, id);
  const feed = readFeed(server, {
    ...{ after, filter: toParameters(options, id), link },
    // What has happened is all there.
    ...(options.follow === true ? {} : { waitSeconds: () => 0 }),
  });
  for await (const page of feed) {
    show(context, page);
    if (options.follow !== true && page.caught_up) return;
  }
}

function show({ output, isJson }: Context, { events, missed }: FeedPage): void {
  if (missed !== undefined) output.note(`${missed} older events are no longer kept`);
  for (const event of events) {
    if (isJson) output.json(event);
    else output.lines([eventLine(event, output.paint)]);
  }
}

/** Where to begin: undefined is now. */
async function beginning(
  context: Context,
  options: EventFeedOptions,
  id: bigint | undefined,
): Promise<string | undefined> {
  const { since, after, follow, dataset, type } = options;
  if (after !== undefined) return after;
  if (since === undefined) return follow === true ? undefined : "0";
  const filter: JobEventFilter = {
    ...(id === undefined ? {} : { jobNumbers: [String(id)] }),
    ...(dataset === undefined ? {} : { dataset: nameOf(dataset) }),
    ...(type === undefined ? {} : { types: [...type] }),
  };
  return cursorAt(context.server, parseSince(since, context.io.now()), filter);
}

function toParameters({ dataset, type }: EventFeedOptions, id: bigint | undefined): Record<string, string> {
  return {
    ...(id === undefined ? {} : { job_id: String(id) }),
    ...(dataset === undefined ? {} : { dataset: nameOf(dataset) }),
    ...(type === undefined ? {} : { event_type: type.join(",") }),
  };
}
