import { EventsBeforeDocument, type JobEventFilter } from "../generated/api.ts";
import { decodeJson } from "../output/json.ts";
import { query } from "./graphql.ts";
import type { Link } from "./link.ts";
import type { Connection } from "./request.ts";
import { getJsonText } from "./rest.ts";

/** An event as REST's feed gives it. */
export type FeedEvent = {
  readonly id: number | bigint;
  readonly created_at: string;
  readonly node_id: string;
  readonly event_type: string;
  readonly job_id: number | bigint;
  readonly dataset_namespace: string | null;
  readonly dataset_name: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly detail?: unknown;
};

export type FeedPage = {
  readonly events: readonly FeedEvent[];
  readonly next_cursor: string;
  /** There was nothing more when the page was made. */
  readonly caught_up: boolean;
  /** So many were dropped by retention before they could be given. */
  readonly missed?: number | bigint;
};

export type FeedOptions = {
  /** Where to begin; undefined: now. */
  readonly after: string | undefined;
  /** Parameters of the route that narrow it. */
  readonly filter: Readonly<Record<string, string>>;
  readonly link: Link;
  /** How long the next page may wait for something to happen. */
  waitSeconds?(): number;
};

/** Shorter than the limits of proxies. */
const WAIT_SECONDS = 20;
const LIMIT = 1_000;

/**
 * The feed of events, page by page without an end; a page is there as soon as something happens, or empty. It goes on at
 * its cursor whatever happened to the server meanwhile: nothing is missed, and nothing comes twice.
 */
export async function* readFeed(server: Connection, options: FeedOptions): AsyncGenerator<FeedPage> {
  const { after, filter, link, waitSeconds = () => WAIT_SECONDS } = options;
  let cursor = after;
  for (;;) {
    const parameters = new URLSearchParams({ ...filter, limit: String(LIMIT) });
    if (cursor !== undefined) parameters.set("after", cursor);
    // The first answer tells where the feed stands.
    const wait = cursor === undefined ? 0 : waitSeconds();
    parameters.set("wait", String(wait));
    const patient = { ...server, timeoutMs: server.timeoutMs + wait * 1_000 };
    const text = await link.keep(() => getJsonText(patient, `/events?${parameters}`));
    // By the contract of REST.
    const page = decodeJson(text) as FeedPage;
    yield page;
    cursor = page.next_cursor;
  }
}

/** The cursor behind which all events since a time stand. */
export async function cursorAt(server: Connection, since: Date, filter: JobEventFilter): Promise<string> {
  let before: string | null = null;
  for (;;) {
    const { jobEvents }: Awaited<ReturnType<typeof readBefore>> = await readBefore(server, before, filter);
    const older = jobEvents.nodes.findLast(({ time }) => new Date(time) < since);
    if (older !== undefined) return older.sequence;
    if (!jobEvents.pageInfo.hasPreviousPage) return "0";
    before = jobEvents.pageInfo.startCursor;
  }
}

function readBefore(server: Connection, before: string | null, filter: JobEventFilter) {
  return query(server, EventsBeforeDocument, { before, filter });
}
