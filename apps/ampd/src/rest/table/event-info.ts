import { z } from "zod";
import { EVENT_TYPES, type EventType } from "../../domain/event-type.ts";
import { int64, time, toTime } from "../wire.ts";
import { type FailureSource, failureData, failureDetail, toFailureDetail } from "./failure-detail.ts";
import { descriptor } from "./job-info.ts";

/** What every list of events tells of one. */
export type EventData = {
  readonly sequence: string;
  readonly time: string;
  readonly nodeId: string;
  readonly type: EventType;
};

export const eventInfo = z.strictObject({
  id: int64,
  created_at: time,
  node_id: z.string().min(1),
  event_type: z.enum(EVENT_TYPES),
});

/** The descriptor of SCHEDULED, the error of what failed. */
export const eventDetail = z.union([descriptor, failureDetail]);

export const EXAMPLE_EVENT = {
  id: 7,
  created_at: "2026-11-24T10:00:00.000000+00:00",
  node_id: "worker-1",
  event_type: "RUNNING",
};

export function toEventInfo({ sequence, time: at, nodeId, type }: EventData): z.infer<typeof eventInfo> {
  return { id: BigInt(sequence), created_at: toTime(at), node_id: nodeId, event_type: type };
}

/** What the log keeps, in the words and the order of this contract; undefined where the type says it all. */
export function toEventDetail(type: string, detail: unknown, source: FailureSource): unknown {
  if (detail === null) return undefined;
  // What a later version keeps there is shown as it is: an event must not be lost for it.
  if (type === "SCHEDULED") return descriptor.safeParse(detail).data ?? detail;
  const failure = failureData.safeParse(detail);
  return failure.success ? toFailureDetail(failure.data, source) : detail;
}
