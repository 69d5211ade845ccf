/**
 * `npm run fuzz -- --requests 20000 --seed 1`: sends a controller requests made from its OpenAPI document, valid ones and
 * spoiled ones. Ends with 1 for a status of 500 and for any answer that the document does not describe.
 */
import { parseArgs } from "node:util";
import { Cluster } from "../cluster/cluster.ts";
import { startPostgres } from "../cluster/postgres-process.ts";
import { runAmpd } from "../system/ampd.ts";
import { fuzz } from "./fuzz.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "20000" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
  },
});
const seed = Number(values.seed);
const count = Number(values.requests);
if (!Number.isInteger(seed) || !(Number.isInteger(count) && count > 0)) {
  throw new Error("--seed is a whole number, --requests a positive one");
}
const postgres = await startPostgres();
const cluster = await Cluster.create(postgres.url);
try {
  const migrated = await runAmpd("migrate", "--database-url", postgres.url);
  if (migrated.code !== 0) throw new Error(`ampd migrate failed: ${migrated.stderr}`);
  const program = cluster.start("controller", "controller-1");
  const startedAt = performance.now();
  const { sent, statuses, findings } = await fuzz({ url: await program.ready, seed, count });
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  for (const finding of findings) console.log(finding);
  console.log(JSON.stringify({ seed, requests: sent, seconds, statuses, findings: findings.length }));
  if (findings.length > 0 || program.hasEnded) process.exitCode = 1;
} finally {
  await cluster.remove();
  await postgres.remove();
}
