import { JOB_STATUSES } from "../../domain/job.ts";
import { builder } from "../builder.ts";

const DESCRIPTIONS = {
  SCHEDULED: "Waits for a worker, or for its next attempt.",
  RUNNING: "A worker extracts.",
  STOP_REQUESTED: "An operator asked for a stop; the worker has not seen it yet.",
  STOPPING: "The worker publishes what it has in hand.",
  COMPLETED: "The end block is reached. Final.",
  STOPPED: "Stopped by an operator. Final.",
  FAILED: "Ended by an error that no retry cures. Final.",
} as const;

export const JobStatusEnum = builder.enumType("JobStatus", {
  description: "Where a job stands. COMPLETED, STOPPED and FAILED are final: wait for one of these, never for another.",
  values: Object.fromEntries(
    JOB_STATUSES.map((status) => [status, { value: status, description: DESCRIPTIONS[status] }]),
  ) as Record<(typeof JOB_STATUSES)[number], { value: (typeof JOB_STATUSES)[number]; description: string }>,
});
