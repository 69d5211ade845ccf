/**
 * `node test/chaos/run.ts --minutes 30 --seed 1`: a long run of the chaos suite. The same seed plans the same steps at the
 * same times; what they meet differs. Ends with 1 when something was violated, and then keeps the logs.
 */
import { parseArgs } from "node:util";
import { runChaos } from "./chaos.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
  },
});
const seed = Number(values.seed);
const minutes = Number(values.minutes);
if (!Number.isInteger(seed) || !(minutes > 0)) throw new Error("--seed is a whole number, --minutes a positive one");

console.log(`seed ${seed}, ${minutes} minutes`);
const { violations, folder, ...figures } = await runChaos({ seed, durationMs: minutes * 60_000, log: console.log });
console.log(JSON.stringify({ seed, minutes, ...figures, violations: violations.length }, null, 2));
if (violations.length > 0) {
  for (const violation of violations) console.log(`VIOLATION ${violation}`);
  console.log(`seed ${seed}; the processes' logs are in ${folder}/logs`);
  process.exitCode = 1;
}
