/**
 * `node bench/failover.ts --rounds 20`: how long a job stands still when its worker dies. Each round kills the worker that
 * runs the job with SIGKILL and waits until another one has published; then the dead one is started again.
 */
import { parseArgs } from "node:util";
import { Cluster, LEASE_MS } from "../test/cluster/cluster.ts";
import { isPublish, measureFailover } from "../test/cluster/measure-failover.ts";
import { startPostgres } from "../test/cluster/postgres-process.ts";
import { TestChain } from "../test/cluster/test-chain.ts";
import { runAmpd } from "../test/system/ampd.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "20" } } });
const rounds = Number(values.rounds);

await using undo = new AsyncDisposableStack();
const postgres = await startPostgres();
undo.defer(() => postgres.remove());
await runAmpd("migrate", "--database-url", postgres.url);
const cluster = await Cluster.create(postgres.url);
undo.defer(() => cluster.remove());
const chain = await TestChain.start(20);
undo.defer(() => chain.stop());
const { client } = await cluster.controller("c1");
await client.registerProvider("anvil", { kind: "evm-rpc", network: "anvil", url: chain.url });
await client.registerDataset("one", { kind: "evm-rpc", network: "anvil", start_block: 0, tables: {} });
let [owner, other] = [await cluster.worker("w1"), await cluster.worker("w2")];
let [ownerName, otherName] = ["w1", "w2"];
const change = await client.deploy({ dataset: "_/one@latest" });
if (change.kind === "refused") throw new Error(change.why);
if ((await Promise.race([published(owner, 1), published(other, 2)])) === 2) swap();

const tookMs: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  tookMs.push(await measureFailover(change.job, owner, [other]));
  owner = await cluster.worker(ownerName);
  swap();
}
tookMs.sort((a, b) => a - b);
const at = (share: number) => Math.round(tookMs[Math.ceil(share * tookMs.length) - 1] ?? 0);
console.log(`lease ${LEASE_MS} ms, ${rounds} kills: p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, max ${at(1)} ms`);

function swap(): void {
  [owner, other] = [other, owner];
  [ownerName, otherName] = [otherName, ownerName];
}

async function published(worker: typeof owner, which: number): Promise<number> {
  if (change.kind === "done") await worker.line(isPublish(change.job));
  return which;
}
