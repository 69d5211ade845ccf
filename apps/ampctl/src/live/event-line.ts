import type { FeedEvent } from "../client/event-feed.ts";
import { nameOf } from "../options/dataset.ts";
import { styleOf, textOf } from "../output/cell.ts";
import type { Paint } from "../output/paint.ts";
import { formatTime } from "../output/units.ts";
import { eventCell, eventDetail } from "../views/event.ts";

/** An event in one line: when, which job, what, by whom, why. */
export function eventLine(event: FeedEvent, paint: Paint): string {
  const { created_at: time, job_id: job, dataset_namespace: namespace, dataset_name: name } = event;
  const type = eventCell(event.event_type);
  const detail = eventDetail({ reason: event.reason, detail: event.detail });
  const actor = event.actor === null ? "" : `by ${event.actor}`;
  return [
    paint("dim", formatTime(new Date(time))),
    `job ${job}`,
    ...(namespace === null || name === null ? [] : [textOf(nameOf({ namespace, name }))]),
    paint(styleOf(type), textOf(type)),
    ...[actor, detail].filter((text) => text !== "").map(textOf),
  ].join("  ");
}
