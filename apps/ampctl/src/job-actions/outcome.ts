import type { CtlError } from "../errors.ts";
import type { ChangedJobFragment, JobAction, JobPlanOutcomeKind } from "../generated/api.ts";
import { isTerminal } from "../options/job-status.ts";
import { escapeControls } from "../output/escape.ts";

/** What became of one job. */
export type JobOutcome = {
  readonly id: bigint;
  readonly outcome: JobPlanOutcomeKind;
  /** As it is now; null when it is gone. */
  readonly job: ChangedJobFragment | null;
  /** Of a job that is to run again: the new one, or the one that is active in its place. */
  readonly newJobId?: bigint | undefined;
  /** Why the operator did not get what was asked for. */
  readonly error?: CtlError | undefined;
};

/** What an action is called in sentences: to stop, is stopped. */
export const ACTION_WORDS: Readonly<Record<JobAction, { readonly verb: string; readonly done: string }>> = {
  STOP: { verb: "stop", done: "stopped" },
  RETRY: { verb: "retry", done: "run again" },
  REMOVE: { verb: "remove", done: "removed" },
};

const LINES: Readonly<Record<JobAction, (outcome: JobOutcome) => string>> = {
  STOP: ({ outcome, job }) => {
    if (job === null) return "removed meanwhile";
    if (outcome === "UNCHANGED") return `${job.status} already`;
    return outcome === "CHANGED" ? `${job.status} meanwhile` : job.status;
  },
  RETRY: ({ outcome, newJobId }) =>
    outcome === "UNCHANGED" ? `job ${newJobId} is active already` : `runs again as job ${newJobId}`,
  REMOVE: ({ outcome }) => (outcome === "DONE" ? "removed" : "not there"),
};

/** What became of it, as a line that is fit for a terminal. */
export function outcomeLine(action: JobAction, outcome: JobOutcome): string {
  return escapeControls(`job ${outcome.id}: ${LINES[action](outcome)}`);
}

/** The same for programs; `outcome` and `status` in the words of the contract. */
export function outcomeJson({ id, outcome, job, newJobId, error }: JobOutcome): object {
  return {
    id,
    outcome,
    ...(job === null ? {} : { status: job.status }),
    ...(newJobId === undefined ? {} : { new_job_id: newJobId }),
    ...(error === undefined ? {} : { error_code: error.code, error_message: error.message }),
  };
}

/** Whether a job of a plan that was not dealt with is none the less as it was to become. */
export function isAsWanted(action: JobAction, { outcome, job }: Omit<JobOutcome, "error">): boolean {
  if (outcome === "DONE" || outcome === "UNCHANGED") return true;
  if (outcome === "GONE") return action !== "RETRY";
  return action === "STOP" && outcome === "CHANGED" && job !== null && isTerminal(job.status);
}
