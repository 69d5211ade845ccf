/**
 * What it saves to execute and write an event once for all subscribers with equal operations. Two jobs of one server have
 * as many subscribers each, over WebSockets in processes of their own: those of one ask with one document, those of the
 * other with a document each, so that nothing is shared. The jobs change in turns, and a third one that nobody watches.
 * `node bench/fan-out.ts --subscribers 1000 --rounds 10`
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startHttpServer } from "../src/http/server.ts";
import { startApi } from "../src/roles/api.ts";
import { openDatabase } from "../src/store/database.ts";
import { registerDataset } from "../src/store/dataset.ts";
import { deployJob } from "../src/store/job-deploy.ts";
import { claimJobs, completeJob, type Ownership } from "../src/store/job-own.ts";
import { type LiveFigures, reportLive } from "../src/store/live.ts";
import { migrate } from "../src/store/migrate.ts";
import { addFirstStore } from "../src/store/object-store.ts";
import { registerWorker } from "../src/store/worker.ts";
import { createLog } from "../src/telemetry/log.ts";

const CHANGES = 5;
/** Long enough for a change to reach everybody, whatever they share. */
const CHANGE_MS = 400;
const ACTOR = { nodeId: "bench", name: null, requestId: null };
const STORE = { id: randomUUID(), location: "/files", isMarked: true };
const FIGURES: LiveFigures = {
  headBlock: 0n,
  headTimestamp: 1_700_000_000n,
  fetchedBlock: null,
  inFlightBlocks: 0n,
  inFlightRows: 0n,
  inFlightBytes: 0n,
  blocksPerSecond: null,
  bytesPerSecond: null,
  slowBlocksPerSecond: null,
  fastBlocksPerSecond: null,
  chainSecondsPerBlock: null,
  idleMs: 0,
  waitsFor: "NOTHING",
};

const { values } = parseArgs({
  options: { subscribers: { type: "string", default: "1000" }, rounds: { type: "string", default: "10" } },
});
const subscribers = Number(values.subscribers);
const rounds = Number(values.rounds);

const log = createLog({ level: "error", destination: process.stderr });
await using undo = new AsyncDisposableStack();
const database = await openDatabase({ kind: "embedded" });
undo.defer(() => database.close());
await migrate(database);
const server = await startHttpServer({
  host: "127.0.0.1",
  port: 0,
  log,
  allowedOrigins: [],
  insecure: false,
  readiness: () => ({ ready: true, reasons: [] }),
});
const settings = { nodeId: "bench", role: "solo" as const, stopDeadlineMs: 60_000 };
const api = await startApi(
  { database, server, log },
  { ...settings, persistedOperations: undefined, persistedOnly: false },
);
undo.defer(() => api.close());
const worker = { nodeId: "bench", incarnation: randomUUID() };
await addFirstStore(database, STORE);
await registerWorker(database, { ...worker, leaseMs: 3_600_000, capacity: 3, version: "1.0.0", takeOver: true });

let headBlock = 0n;
const jobs = { none: await runJob("none"), equal: await runJob("equal"), own: await runJob("own") };
const clients = [await startSubscribers("equal", jobs.equal), await startSubscribers("own", jobs.own)];
const [none, equal, own]: number[][] = [[], [], []];
// The first round warms up.
for (let round = 0; round <= rounds; round += 1) {
  const measured = [await cpuOf(jobs.none), await cpuOf(jobs.equal), await cpuOf(jobs.own)];
  if (round === 0) continue;
  for (const [index, list] of [none, equal, own].entries()) list?.push(measured[index] ?? Number.NaN);
}
for (const owner of [jobs.equal, jobs.own]) await completeJob(database, owner, ACTOR);
await Promise.all(clients.map(({ ended }) => ended));

const [alone, shared, apart] = [none, equal, own].map((times) => median(times ?? []));
const line = `${subscribers} subscribers, CPU of the server for a change: ${ms(shared)} shared, ${ms(apart)} each for itself, `;
const rest = `${ms(alone)} for nobody; ratio ${(Number(shared) / Number(apart)).toFixed(2)}`;
process.stdout.write(`${line}${rest}\n`);

async function runJob(name: string): Promise<Ownership> {
  const content = { kind: "evm-rpc", network: "anvil", start_block: 0 };
  const { hash } = await registerDataset(database, { namespace: "_", name, manifest: { content } });
  const how = { endBlock: null, parallelism: 1, verify: false, nodeSelector: null };
  await deployJob(database, { namespace: "_", name, manifestHash: hash, ...how }, ACTOR);
  const [job] = await claimJobs(database, { ...worker, storeId: STORE.id, limit: 1 });
  if (job === undefined) throw new Error("there is no job to claim");
  return { job: job.number, attempt: job.attempt, incarnation: worker.incarnation };
}

async function startSubscribers(kind: string, { job }: Ownership) {
  const script = join(import.meta.dirname, "../test/load/subscribers.ts");
  const words = [script, String(server.port), String(job), String(subscribers), kind];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  undo.defer(() => void child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return { ended: lines.next() };
}

/** Milliseconds of CPU that this process takes for a change of the job. */
async function cpuOf(owner: Ownership): Promise<number> {
  const start = process.cpuUsage();
  for (let change = 0; change < CHANGES; change += 1) {
    headBlock += 1n;
    await reportLive(database, owner, { figures: { ...FIGURES, headBlock }, isNews: true });
    await sleep(CHANGE_MS);
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000 / CHANGES;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function ms(time: number | undefined): string {
  return `${(time ?? Number.NaN).toFixed(1)} ms`;
}
