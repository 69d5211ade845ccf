/**
 * The states of a job and the arrows between them. The guarded update and `allowedActions` are made from this table. The
 * database's own trigger repeats it, for whoever writes without them; tests hold both to one list, written from the design.
 *
 * ```
 *            deploy                 claim                stop                 seen              published
 *   (none) ─────────► SCHEDULED ─────────► RUNNING ─────────► STOP_REQUESTED ─────► STOPPING ─────────► STOPPED
 *                       ▲  │ stop             │  │ end block reached ──────────────────► COMPLETED
 *          retry, drain │  └──► STOPPED       │  └ incurable ──────────────────────────► FAILED
 *                       └─────────────────────┘
 * ```
 */

/** Words on the wire and in the database. */
export const JOB_STATUSES = [
  "SCHEDULED",
  "RUNNING",
  "STOP_REQUESTED",
  "STOPPING",
  "COMPLETED",
  "STOPPED",
  "FAILED",
] as const;

export type JobStatus = (typeof JOB_STATUSES)[number];

/** Who may make a move: an operator, the worker that claimed the job, any worker at the claim, or the reaper. */
export type Mover = "operator" | "worker" | "owner" | "reaper";

/** One arrow of the state machine. */
export type Arrow = {
  readonly from: JobStatus;
  readonly to: JobStatus;
  readonly by: readonly Mover[];
  readonly when: string;
};

/** What an operator can do with a job in its present state. */
export type JobAction = "STOP" | "RETRY" | "REMOVE";

export const ARROWS: readonly Arrow[] = [
  { from: "SCHEDULED", to: "RUNNING", by: ["worker"], when: "a worker claims it" },
  { from: "SCHEDULED", to: "STOPPED", by: ["operator"], when: "nobody owns it, so a stop ends it at once" },
  { from: "RUNNING", to: "STOP_REQUESTED", by: ["operator"], when: "an operator asks for a stop" },
  { from: "RUNNING", to: "COMPLETED", by: ["owner"], when: "the end block is reached" },
  {
    from: "RUNNING",
    to: "FAILED",
    by: ["owner", "reaper"],
    when: "an error that a retry cannot cure, or too many attempts",
  },
  { from: "RUNNING", to: "SCHEDULED", by: ["owner", "reaper"], when: "a curable error, a drain, or an expired lease" },
  {
    from: "STOP_REQUESTED",
    to: "STOPPING",
    by: ["owner"],
    when: "the owner has seen the request and takes no new work",
  },
  { from: "STOP_REQUESTED", to: "STOPPED", by: ["reaper"], when: "the lease expired, or the stop deadline passed" },
  { from: "STOP_REQUESTED", to: "COMPLETED", by: ["owner"], when: "the end block is reached" },
  {
    from: "STOPPING",
    to: "STOPPED",
    by: ["owner", "reaper"],
    when: "the segment in hand is published, or the deadline passed",
  },
  { from: "STOPPING", to: "COMPLETED", by: ["owner"], when: "the end block is reached" },
];

/** Final: nothing moves it again. */
export const ENDED_STATUSES = ["COMPLETED", "STOPPED", "FAILED"] as const satisfies readonly JobStatus[];

/** Everything that has not ended. */
export const ACTIVE_STATUSES = [
  "SCHEDULED",
  "RUNNING",
  "STOP_REQUESTED",
  "STOPPING",
] as const satisfies readonly JobStatus[];

/** Active and in the hands of a worker. */
export const OWNED_STATUSES = ["RUNNING", "STOP_REQUESTED", "STOPPING"] as const satisfies readonly JobStatus[];

export function isEnded(status: JobStatus): boolean {
  return (ENDED_STATUSES as readonly JobStatus[]).includes(status);
}

/** Whether the table has an arrow from → to; of a given mover when one is named. */
export function canMove(from: JobStatus, to: JobStatus, by?: Mover): boolean {
  return ARROWS.some((arrow) => arrow.from === from && arrow.to === to && (by === undefined || arrow.by.includes(by)));
}

/** The states from which `by` may move a job to `to`, for the guard of an update. */
export function sourcesOf(to: JobStatus, by: Mover): JobStatus[] {
  return ARROWS.filter((arrow) => arrow.to === to && arrow.by.includes(by)).map((arrow) => arrow.from);
}

/** What an operator can do now; a stop of a job that stops already is allowed and changes nothing, so it is not listed. */
export function allowedActions(status: JobStatus): JobAction[] {
  if (isEnded(status)) return ["RETRY", "REMOVE"];
  return canMove(status, "STOPPED", "operator") || canMove(status, "STOP_REQUESTED", "operator") ? ["STOP"] : [];
}
