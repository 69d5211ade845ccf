import type { WorkerFiguresFragment } from "../generated/api.ts";
import type { Cell } from "../output/cell.ts";

/** Whether a worker takes jobs. */
export function workerStateCell({ isAlive, isDraining }: Pick<WorkerFiguresFragment, "isAlive" | "isDraining">): Cell {
  if (!isAlive) return { text: "gone", style: "dim" };
  return isDraining ? { text: "draining", style: "yellow" } : { text: "alive", style: "green" };
}
