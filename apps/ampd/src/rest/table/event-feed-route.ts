import { z } from "zod";
import type { Collection } from "../collect.ts";
import { document } from "../document.ts";
import { route } from "../route.ts";
import { stream } from "../stream.ts";
import { int64 } from "../wire.ts";
import { type EventData, EXAMPLE_EVENT, eventDetail, eventInfo, toEventDetail, toEventInfo } from "./event-info.ts";
import { eventCursor, eventTypes, feedActor, feedDataset, feedJobs, waitSeconds } from "./feed-parameters.ts";
import { pageLimit } from "./parameters.ts";

type FeedEventData = EventData & {
  readonly jobNumber: string;
  readonly datasetNamespace: string | null;
  readonly datasetName: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly detail: unknown;
};

/** An item of the log's subscription. */
type FeedItem =
  | { readonly __typename: "JobEventReached"; readonly cursor: string; readonly event: FeedEventData }
  | { readonly __typename: "CaughtUp"; readonly cursor: string }
  | { readonly __typename: "Lagged"; readonly cursor: string; readonly missed: string };

const FEED = `
  subscription Feed($after: String, $filter: JobEventFilter) {
    jobEvents(after: $after, filter: $filter) {
      __typename
      ... on JobEventReached {
        cursor
        event { sequence jobNumber time nodeId type datasetNamespace datasetName actor reason requestId detail }
      }
      ... on CaughtUp { cursor }
      ... on Lagged { cursor: resumeFrom missed }
    }
  }
`;

const feedEvent = eventInfo
  .extend({
    job_id: int64,
    dataset_namespace: z.string().nullable(),
    dataset_name: z.string().nullable(),
    actor: z.string().nullable(),
    reason: z.string().nullable(),
    request_id: z.string().nullable(),
    detail: eventDetail.or(z.unknown()).optional(),
  })
  .meta({
    id: "FeedEvent",
    description: "A change of a job, also of one that is gone. `id` is its place in the order of commits.",
  });

const EXAMPLE = {
  ...EXAMPLE_EVENT,
  job_id: 42,
  dataset_namespace: "_",
  dataset_name: "eth",
  actor: null,
  reason: null,
  request_id: null,
};

export const followEvents = route({
  method: "GET",
  path: "/events",
  tag: "events",
  name: "followEvents",
  summary:
    "What happened to all jobs, in the order of commits, none missing and none twice: come back with `after` at `next_cursor`. The cursor is that of GraphQL's `jobEvents`.",
  query: {
    code: "INVALID_QUERY_PARAMETERS",
    parameters: {
      after: eventCursor,
      wait: waitSeconds,
      limit: pageLimit,
      job_id: feedJobs,
      dataset: feedDataset,
      event_type: eventTypes,
      actor: feedActor,
    },
  },
  document: document<{ jobEvents: readonly FeedItem[] }>(FEED),
  collection: ({ query: { limit, wait } }) => toCollection(limit, wait),
  stream: stream<{ jobEvents: FeedItem }>({
    description:
      "The events after `after`, or after `Last-Event-ID`, which wins; then `caught_up`, and what happens from then on. `lagged` tells how many events were dropped by retention before they could be given.",
    document: document(FEED),
    example: `id: 7\ndata: ${JSON.stringify(EXAMPLE)}\n\nid: 7\nevent: caught_up\ndata: {"cursor":"7"}\n\n`,
    message: ({ jobEvents: item }) => {
      if (item.__typename === "JobEventReached") return { body: toFeedEvent(item.event) };
      if (item.__typename === "CaughtUp") return { event: "caught_up", body: { cursor: item.cursor } };
      return { event: "lagged", body: { missed: BigInt(item.missed), cursor: item.cursor } };
    },
  }),
  answers: {
    200: {
      description:
        "The next events, at once if there are any. `caught_up`: there were no more. `missed`: so many were dropped by retention before `after` was asked for.",
      schema: z
        .strictObject({
          events: z.array(feedEvent),
          next_cursor: z.string(),
          caught_up: z.boolean(),
          missed: int64.optional(),
        })
        .meta({ id: "EventPage" }),
      example: { events: [EXAMPLE], next_cursor: "7", caught_up: true },
    },
  },
  refusals: { INVALID_ARGUMENT: "INVALID_QUERY_PARAMETERS", TOO_MANY_SUBSCRIPTIONS: "UNAVAILABLE" },
  variables: ({ query: { after, job_id: jobs, dataset, event_type: types, actor } }) => ({
    after,
    filter: { jobNumbers: jobs?.map(String), dataset, types, actor },
  }),
  success: ({ jobEvents: items }) => {
    const last = items.at(-1);
    if (last === undefined) throw new Error("a page has an item at least");
    const missed = items.find((item) => item.__typename === "Lagged")?.missed;
    return {
      status: 200,
      body: {
        events: items.flatMap((item) => (item.__typename === "JobEventReached" ? [toFeedEvent(item.event)] : [])),
        next_cursor: last.cursor,
        caught_up: items.some(({ __typename }) => __typename === "CaughtUp"),
        ...(missed === undefined ? {} : { missed: BigInt(missed) }),
      },
    };
  },
});

/** All that is there at once, but no more than the limit; when that is nothing, the first that happens in time. */
function toCollection(limit: number, waitSeconds: number): Collection {
  let events = 0;
  let isCaughtUp = false;
  return {
    name: "jobEvents",
    waitMs: waitSeconds * 1_000,
    add: (item) => {
      const { __typename: type } = item as FeedItem;
      if (type === "JobEventReached") events += 1;
      if (type === "CaughtUp") isCaughtUp = true;
    },
    isEnough: (isDue) => events >= limit || (isCaughtUp && (events > 0 || isDue)),
  };
}

function toFeedEvent(event: FeedEventData): z.infer<typeof feedEvent> {
  const { type, detail, datasetNamespace, datasetName } = event;
  const shown = toEventDetail(type, detail, { dataset: `${datasetNamespace ?? "?"}/${datasetName ?? "?"}` });
  return {
    ...toEventInfo(event),
    job_id: BigInt(event.jobNumber),
    dataset_namespace: datasetNamespace,
    dataset_name: datasetName,
    actor: event.actor,
    reason: event.reason,
    request_id: event.requestId,
    ...(shown === undefined ? {} : { detail: shown }),
  };
}
