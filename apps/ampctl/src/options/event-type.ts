import { UsageError } from "../errors.ts";
import type { JobEventType } from "../generated/api.ts";

/** What happens to jobs: one per status, and the causes between them. */
const TYPES: Readonly<Record<JobEventType, null>> = {
  SCHEDULED: null,
  RUNNING: null,
  STOP_REQUESTED: null,
  STOPPING: null,
  COMPLETED: null,
  STOPPED: null,
  FAILED: null,
  RETRY_SCHEDULED: null,
  HANDED_OVER: null,
  LEASE_EXPIRED: null,
  STOP_FAILED: null,
  STOP_OVERDUE: null,
  REORG: null,
  REMOVED: null,
};

export const EVENT_TYPES: readonly string[] = Object.keys(TYPES);

/** Types in any case, separated by commas. @throws UsageError */
export function parseEventTypes(text: string): readonly JobEventType[] {
  return text.split(",").map((word) => {
    const type = word.trim().toUpperCase();
    if (isEventType(type)) return type;
    throw new UsageError(`event type '${word}' is not known: use ${EVENT_TYPES.join(", ")}`, { code: "INVALID_TYPE" });
  });
}

function isEventType(word: string): word is JobEventType {
  return Object.hasOwn(TYPES, word);
}
