import type { ShutdownMode } from "../cluster/postgres-process.ts";
import { DATASETS } from "./datasets.ts";
import { Dice } from "./dice.ts";

export const WORKERS = ["w1", "w2", "w3"] as const;
export const CONTROLLERS = ["c1", "c2"] as const;

/** `which` is a share of the jobs that fit when the step comes, in the order of their numbers. */
export type Action =
  | { readonly kind: "kill" | "drain" | "drain twice"; readonly node: string; readonly downMs: number }
  | { readonly kind: "pause"; readonly node: string; readonly forMs: number }
  | { readonly kind: "database"; readonly mode: ShutdownMode; readonly downMs: number }
  | { readonly kind: "reorg"; readonly depth: number; readonly way: "replace" | "roll back" }
  | { readonly kind: "deploy"; readonly dataset: string; readonly endBlock: string | null; readonly via: string }
  | { readonly kind: "stop" | "retry" | "remove"; readonly which: number; readonly via: string }
  | { readonly kind: "prune"; readonly status: string; readonly via: string }
  | { readonly kind: "drain worker"; readonly node: string; readonly via: string };

export type Step = { readonly atMs: number; readonly action: Action };

/** Each kind comes up once in a deck; a run plays one deck after the other, each in its own order. */
const DECK: readonly ((dice: Dice) => Action)[] = [
  (dice) => ({ kind: "kill", node: dice.pick(WORKERS), downMs: dice.between(100, 4_000) }),
  (dice) => ({ kind: "kill", node: dice.pick(WORKERS), downMs: dice.between(4_000, 9_000) }),
  (dice) => ({ kind: "kill", node: dice.pick(CONTROLLERS), downMs: dice.between(100, 4_000) }),
  (dice) => ({ kind: "drain", node: dice.pick(WORKERS), downMs: dice.between(100, 3_000) }),
  (dice) => ({ kind: "drain", node: dice.pick(CONTROLLERS), downMs: dice.between(100, 3_000) }),
  (dice) => ({ kind: "drain twice", node: dice.pick(WORKERS), downMs: dice.between(100, 3_000) }),
  (dice) => ({ kind: "pause", node: dice.pick(WORKERS), forMs: dice.between(4_000, 9_000) }),
  (dice) => ({ kind: "pause", node: dice.pick(WORKERS), forMs: dice.between(500, 6_000) }),
  (dice) => ({ kind: "pause", node: dice.pick(CONTROLLERS), forMs: dice.between(500, 6_000) }),
  (dice) => ({ kind: "database", mode: "fast", downMs: dice.between(100, 3_000) }),
  (dice) => ({ kind: "database", mode: "immediate", downMs: dice.between(100, 6_000) }),
  (dice) => ({ kind: "reorg", depth: dice.between(1, 2), way: "replace" }),
  (dice) => ({ kind: "reorg", depth: dice.between(2, 8), way: "replace" }),
  (dice) => ({ kind: "reorg", depth: dice.between(1, 6), way: "roll back" }),
  (dice) => ({ kind: "drain worker", node: dice.pick(WORKERS), via: dice.pick(CONTROLLERS) }),
  (dice) => ({ kind: "prune", status: dice.pick(["COMPLETED", "STOPPED", "FAILED"]), via: dice.pick(CONTROLLERS) }),
  ...Array.from({ length: 6 }, () => deploy),
  ...Array.from({ length: 5 }, () => onJob("stop")),
  ...Array.from({ length: 2 }, () => onJob("retry")),
  ...Array.from({ length: 2 }, () => onJob("remove")),
];

const MIN_PAUSE_MS = 400;
const MAX_PAUSE_MS = 2_600;

/** What happens when, from the seed alone. */
export function planChaos(seed: number, durationMs: number): Step[] {
  const dice = new Dice(seed);
  const steps: Step[] = [];
  let atMs = 0;
  for (;;) {
    for (const card of dice.shuffle(DECK)) {
      atMs += dice.between(MIN_PAUSE_MS, MAX_PAUSE_MS);
      if (atMs > durationMs) return steps;
      steps.push({ atMs, action: card(dice) });
    }
  }
}

function deploy(dice: Dice): Action {
  const { name, endBlocks } = dice.pick(DATASETS);
  return { kind: "deploy", dataset: name, endBlock: dice.pick(endBlocks), via: dice.pick(CONTROLLERS) };
}

function onJob(kind: "stop" | "retry" | "remove") {
  return (dice: Dice): Action => ({ kind, which: dice.roll(), via: dice.pick(CONTROLLERS) });
}
