import { expect, test } from "vitest";
import type { JobAction, JobStatus } from "./job.ts";
import { type SkipReason, skipReasonOf } from "./job-plan.ts";

const REASONS: Record<JobStatus, Partial<Record<JobAction, SkipReason>>> = {
  SCHEDULED: { RETRY: "NOT_ENDED", REMOVE: "NOT_ENDED" },
  RUNNING: { RETRY: "NOT_ENDED", REMOVE: "NOT_ENDED" },
  STOP_REQUESTED: { STOP: "ALREADY_STOPPING", RETRY: "NOT_ENDED", REMOVE: "NOT_ENDED" },
  STOPPING: { STOP: "ALREADY_STOPPING", RETRY: "NOT_ENDED", REMOVE: "NOT_ENDED" },
  COMPLETED: { STOP: "ALREADY_ENDED" },
  STOPPED: { STOP: "ALREADY_ENDED" },
  FAILED: { STOP: "ALREADY_ENDED" },
};

test.each(Object.entries(REASONS))(
  "a plan leaves out a %s job for the reason that its action meets",
  (name, reasons) => {
    // The keys of the table are statuses.
    const status = name as JobStatus;
    for (const action of ["STOP", "RETRY", "REMOVE"] as const)
      expect(skipReasonOf(action, status)).toBe(reasons[action]);
  },
);
