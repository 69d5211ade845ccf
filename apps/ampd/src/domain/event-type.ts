import { JOB_STATUSES } from "./job.ts";

/** What the log of jobs tells: one per status, and the causes between them. */
export const EVENT_TYPES = [
  ...JOB_STATUSES,
  "RETRY_SCHEDULED",
  "HANDED_OVER",
  "LEASE_EXPIRED",
  "STOP_FAILED",
  "STOP_OVERDUE",
  "REORG",
  "REMOVED",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];
