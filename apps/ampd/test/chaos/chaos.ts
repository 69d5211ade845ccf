import { setTimeout as sleep } from "node:timers/promises";
import { Cluster } from "../cluster/cluster.ts";
import { ControllerClient } from "../cluster/controller-client.ts";
import { type PostgresProcess, startPostgres } from "../cluster/postgres-process.ts";
import { sql } from "../cluster/sql.ts";
import { TestChain } from "../cluster/test-chain.ts";
import { runAmpd } from "../system/ampd.ts";
import { Actor, type Scene } from "./actions.ts";
import { Claims } from "./claims.ts";
import { DATASETS, FIRST_HEAD } from "./datasets.ts";
import { Ledger } from "./ledger.ts";
import { ClusterNode } from "./node.ts";
import { Observer } from "./observer.ts";
import { type Action, CONTROLLERS, planChaos, WORKERS } from "./plan.ts";
import { calmDown, finishDatasets, stopAll, untilEmpty, untilOwned } from "./settle.ts";
import { findEventFaults, type JobNow, type LoggedEvent } from "./verify-events.ts";
import { findFileFaults } from "./verify-files.ts";
import { findTableFaults } from "./verify-tables.ts";

export type ChaosOptions = {
  readonly seed: number;
  readonly durationMs: number;
  readonly log: (line: string) => void;
};

export type ChaosReport = {
  readonly violations: readonly string[];
  readonly actions: Readonly<Record<string, number>>;
  /** Times that a job went from one owner to the next. */
  readonly failovers: number;
  readonly segments: number;
  readonly jobs: Readonly<Record<string, number>>;
  readonly blocks: number;
  readonly acknowledged: number;
  readonly looks: number;
  /** The logs of the processes; there only when something was violated. */
  readonly folder: string;
};

/** Half again of what the datasets need, so that the loss of one worker leaves some of them waiting. */
const CAPACITY = "6";

/**
 * Runs a cluster, breaks what the seed says, lets it settle, and compares all that is left with the chain and the log.
 * Everything it started ends with it.
 */
export async function runChaos({ seed, durationMs, log }: ChaosOptions): Promise<ChaosReport> {
  await using undo = new AsyncDisposableStack();
  const postgres = await startPostgres();
  undo.defer(() => postgres.remove());
  const databaseUrl = await migrated(postgres);
  const cluster = await Cluster.create(databaseUrl);
  const violations: string[] = [];
  undo.defer(() => cluster.end());
  const chain = await TestChain.start(FIRST_HEAD);
  undo.defer(() => chain.stop());
  const claims = new Claims();
  const nodes = createNodes(cluster, claims, (fault) => violations.push(fault));
  await Promise.all([...nodes.values()].map((node) => node.start()));
  const scene: Scene = { nodes, postgres, chain, ledger: new Ledger(), capabilities: await prepare(nodes, chain) };
  const observer = new Observer(databaseUrl);
  await observer.start();

  const actions = await play(scene, planChaos(seed, durationMs), log);
  log("calming down");
  const head = await calmDown(scene);
  try {
    await untilOwned(databaseUrl);
    await finishDatasets(databaseUrl, scene, head);
    await stopAll(databaseUrl, scene);
    await untilEmpty("no file to be left over", () => findFileFaults(databaseUrl, cluster.filesRoot));
    log("every dataset is at the head, every job has ended, no file is left over");
  } catch (error) {
    violations.push(error instanceof Error ? error.message : String(error));
  }
  const events = await readEvents(databaseUrl);
  const jobs = await readJobs(databaseUrl);
  violations.push(
    ...claims.faults,
    ...(await observer.stop()),
    ...findEventFaults(events, jobs),
    ...scene.ledger.findFaults(events),
    ...(await findTableFaults(databaseUrl, cluster.filesRoot, await chain.blocks(head))),
  );
  await Promise.all([...nodes.values()].map((node) => node.leave()));
  if (violations.length === 0) undo.defer(() => cluster.remove());
  return {
    violations,
    actions,
    failovers: events.filter(({ type }) => type === "LEASE_EXPIRED" || type === "HANDED_OVER").length,
    segments: claims.published,
    jobs: countBy(jobs.map(({ status }) => status)),
    blocks: head + 1,
    acknowledged: scene.ledger.size,
    looks: observer.looks,
    folder: cluster.folder,
  };
}

async function migrated(postgres: PostgresProcess): Promise<string> {
  const { code, stderr } = await runAmpd("migrate", "--database-url", postgres.url);
  if (code !== 0) throw new Error(`ampd migrate failed: ${stderr}`);
  return postgres.url;
}

function createNodes(cluster: Cluster, claims: Claims, onFault: (fault: string) => void): Map<string, ClusterNode> {
  const nodes = new Map<string, ClusterNode>();
  for (const name of CONTROLLERS) {
    nodes.set(name, new ClusterNode(cluster, "controller", name, { flags: [], onLine: () => undefined, onFault }));
  }
  for (const name of WORKERS) {
    const onLine = claims.read.bind(claims, name);
    nodes.set(name, new ClusterNode(cluster, "worker", name, { flags: ["--capacity", CAPACITY], onLine, onFault }));
  }
  return nodes;
}

/** Registers the chain and the datasets, and deploys a job for each. */
async function prepare(nodes: ReadonlyMap<string, ClusterNode>, chain: TestChain): Promise<ReadonlySet<string>> {
  const client = nodes.get(CONTROLLERS[0])?.client;
  if (!(client instanceof ControllerClient)) throw new Error("the first controller is not up");
  await client.registerProvider("anvil", { kind: "evm-rpc", network: "anvil", url: chain.url });
  for (const { name, manifest, endBlocks } of DATASETS) {
    await client.registerDataset(name, manifest);
    await client.deploy({ dataset: `_/${name}@latest`, endBlock: endBlocks.at(-1) ?? null });
  }
  return client.capabilities();
}

/** Does each step at its time, whether or not those before it are over. @returns how many came to pass, by kind */
async function play(
  scene: Scene,
  steps: ReturnType<typeof planChaos>,
  log: (line: string) => void,
): Promise<Record<string, number>> {
  const actor = new Actor(scene);
  const beganMs = performance.now();
  const done: string[] = [];
  const running = steps.map(async ({ atMs, action }) => {
    await sleep(Math.max(0, atMs - (performance.now() - beganMs)));
    const outcome = await actor.act(action);
    log(`${(atMs / 1_000).toFixed(1).padStart(7)} s  ${describe(action)}: ${outcome}`);
    if (/^(done|job|\d+ gone)/.test(outcome)) done.push(action.kind);
  });
  await Promise.all(running);
  return countBy(done);
}

function describe({ kind, ...details }: Action): string {
  const words = Object.entries(details).map(([name, value]) => `${name} ${format(value)}`);
  return [kind, ...words].join(" ");
}

function format(value: string | number | null): string {
  return typeof value === "number" && !Number.isInteger(value) ? value.toFixed(2) : String(value);
}

function readEvents(databaseUrl: string): Promise<LoggedEvent[]> {
  return sql<LoggedEvent>(
    databaseUrl,
    `select sequence, job_number as job, type::text as type, node_id as node,
      case when detail ->> 'retryable' = 'false' then detail ->> 'message' end as incurable
     from job_event order by sequence`,
  );
}

function readJobs(databaseUrl: string): Promise<JobNow[]> {
  return sql<JobNow>(
    databaseUrl,
    "select number, status::text as status, version, attempt, node_id as node from job order by number",
  );
}

function countBy(words: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, same]) => [word, same.length]));
}
