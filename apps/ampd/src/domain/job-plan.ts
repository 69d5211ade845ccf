import { allowedActions, isEnded, type JobAction, type JobStatus } from "./job.ts";

/** Why a job that a filter selects is left out of a plan. */
export const SKIP_REASONS = ["ALREADY_ENDED", "ALREADY_STOPPING", "NOT_ENDED", "NEWER_JOB"] as const;

export type SkipReason = (typeof SKIP_REASONS)[number];

/** What becomes of a job of a plan when it is applied. */
export type PlanOutcome = "DONE" | "UNCHANGED" | "CHANGED" | "GONE" | "REFUSED";

/** Why the status of a job alone keeps it out of a plan; undefined when it does not. */
export function skipReasonOf(action: JobAction, status: JobStatus): SkipReason | undefined {
  if (allowedActions(status).includes(action)) return undefined;
  if (action !== "STOP") return "NOT_ENDED";
  return isEnded(status) ? "ALREADY_ENDED" : "ALREADY_STOPPING";
}
