import { expect, test } from "vitest";
import { runChaos } from "./chaos.ts";
import { planChaos } from "./plan.ts";

const SEED = 1;
const DURATION_MS = 75_000;

test("whatever is killed, paused, drained or restarted: no block is lost or doubled, no acknowledged change is lost", async () => {
  const steps: string[] = [];
  const { violations, folder, ...figures } = await runChaos({
    seed: SEED,
    durationMs: DURATION_MS,
    log: (line) => steps.push(line),
  });
  console.log(`chaos with seed ${SEED}: ${JSON.stringify(figures)}`);
  expect(violations, `logs in ${folder}/logs\n${steps.join("\n")}`).toEqual([]);
  // It is no test of anything when nothing happened.
  expect(figures.failovers).toBeGreaterThan(0);
  expect(figures.segments).toBeGreaterThan(100);
}, 600_000);

test("a seed plans the same steps each time, and the short run has every kind of them", () => {
  const plan = planChaos(SEED, DURATION_MS);
  expect(planChaos(SEED, DURATION_MS)).toEqual(plan);
  expect(planChaos(SEED + 1, DURATION_MS)).not.toEqual(plan);
  expect([...new Set(plan.map(({ action }) => action.kind))].sort()).toEqual([
    "database",
    "deploy",
    "drain",
    "drain twice",
    "drain worker",
    "kill",
    "pause",
    "prune",
    "remove",
    "reorg",
    "retry",
    "stop",
  ]);
});
