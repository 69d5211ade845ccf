import type { JobStatus, Mover } from "../../src/domain/job.ts";

/** Every move and who makes it, written from the design's table of arrows ("Job lifecycle") and not from the code. */
export const ALLOWED_MOVES: readonly (readonly [from: JobStatus, to: JobStatus, by: readonly Mover[]])[] = [
  ["SCHEDULED", "RUNNING", ["worker"]],
  ["SCHEDULED", "STOPPED", ["operator"]],
  ["RUNNING", "STOP_REQUESTED", ["operator"]],
  ["RUNNING", "COMPLETED", ["owner"]],
  ["RUNNING", "FAILED", ["owner", "reaper"]],
  ["RUNNING", "SCHEDULED", ["owner", "reaper"]],
  ["STOP_REQUESTED", "STOPPING", ["owner"]],
  ["STOP_REQUESTED", "STOPPED", ["reaper"]],
  ["STOP_REQUESTED", "COMPLETED", ["owner"]],
  ["STOPPING", "STOPPED", ["owner", "reaper"]],
  ["STOPPING", "COMPLETED", ["owner"]],
];

export const STATUSES: readonly JobStatus[] = [
  "SCHEDULED",
  "RUNNING",
  "STOP_REQUESTED",
  "STOPPING",
  "COMPLETED",
  "STOPPED",
  "FAILED",
];

export const ENDED: readonly JobStatus[] = ["COMPLETED", "STOPPED", "FAILED"];

export const OWNED: readonly JobStatus[] = ["RUNNING", "STOP_REQUESTED", "STOPPING"];

export const MOVERS: readonly Mover[] = ["operator", "worker", "owner", "reaper"];

/** All 49 pairs of statuses. */
export const PAIRS = STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const));

/** Who may move a job from → to; nobody where there is no arrow. */
export function moversOf(from: JobStatus, to: JobStatus): readonly Mover[] {
  return ALLOWED_MOVES.find((move) => move[0] === from && move[1] === to)?.[2] ?? [];
}
