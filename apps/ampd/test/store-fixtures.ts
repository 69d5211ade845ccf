import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { Actor } from "../src/domain/actor.ts";
import type { JobStatus } from "../src/domain/job.ts";
import type { JobFailure } from "../src/domain/job-failure.ts";
import type { SegmentFile } from "../src/domain/segment-file.ts";
import type { TableName } from "../src/domain/table-name.ts";
import type { Database } from "../src/store/database.ts";
import { registerDataset } from "../src/store/dataset.ts";
import { type EventRow, listEvents } from "../src/store/event.ts";
import { countJobsByStatus } from "../src/store/job-counts.ts";
import { type Deployment, deployJob } from "../src/store/job-deploy.ts";
import type { JobFilter } from "../src/store/job-filter.ts";
import {
  beginStopping,
  claimJobs,
  completeJob,
  failJob,
  finishStopping,
  type Ownership,
} from "../src/store/job-own.ts";
import { getJob } from "../src/store/job-read.ts";
import type { JobRow } from "../src/store/job-row.ts";
import { stopJob } from "../src/store/job-stop.ts";
import type { LiveFigures } from "../src/store/live.ts";
import { addFirstStore } from "../src/store/object-store.ts";
import { openSegment, type PublishedFile, publishSegment } from "../src/store/segment.ts";
import { type TableRow, takeTables } from "../src/store/table.ts";
import { registerWorker, type WorkerIdentity } from "../src/store/worker.ts";
import { createDatabase, type Dialect } from "./databases.ts";
import { hashOf } from "./recorded-chain.ts";

export const ACTOR: Actor = { nodeId: "controller-1", name: "alice", requestId: "request-1" };

export const FAILURE: JobFailure = {
  code: "ENDPOINT_FAILING",
  message: "endpoint http://one answered 502",
  retryable: true,
  attempt: 1,
  fields: { endpoint: "http://one", block: "10" },
  causes: ["endpoint http://one answered 502"],
};

/** One database for a suite, empty at the start of each test. */
export function useDatabase(dialect: Dialect): () => Database {
  let database: Database | undefined;
  const opened = () => {
    if (database === undefined) throw new Error("the database opens before the first test");
    return database;
  };
  beforeAll(async () => {
    database = await createDatabase(dialect);
  });
  beforeEach(async () => {
    const { prisma } = opened();
    await prisma.$transaction([
      prisma.$queryRaw`select set_config('amp.retention', 'on', true)`,
      prisma.$executeRaw`
        truncate job, job_event, table_file, pending_file, dataset_table, worker, provider, dataset, manifest,
          object_store, deploy_key, job_plan cascade`,
    ]);
  });
  afterAll(() => database?.close());
  return opened;
}

/** Registers a dataset of its own name, and says how to run it. */
export async function makeDeployment(database: Database, changes: Partial<Deployment> = {}): Promise<Deployment> {
  const name = changes.name ?? `eth_${randomUUID().replaceAll("-", "")}`;
  const content = { kind: "evm-rpc", network: "anvil", start_block: 0 };
  const { hash } = await registerDataset(database, { namespace: "_", name, manifest: { content } });
  return {
    namespace: "_",
    name,
    manifestHash: hash,
    endBlock: null,
    parallelism: 1,
    verify: false,
    nodeSelector: null,
    ...changes,
  };
}

/** Deploys a job of a dataset of its own. */
export async function deploy(database: Database, changes: Partial<Deployment> = {}): Promise<JobRow> {
  const { job } = await deployJob(database, await makeDeployment(database, changes), ACTOR);
  return job;
}

/** The store of every test that does not say otherwise. */
export const STORE = { id: "0197b3a0-0000-7000-8000-000000000001", location: "/files" } as const;

export type TestWorker = WorkerIdentity & { readonly storeId: string };

/** Registers a worker whose lease outlives every test, and which sees the store. */
export async function startWorker(database: Database, nodeId = "worker-1"): Promise<TestWorker> {
  const worker = { nodeId, incarnation: randomUUID() };
  await addFirstStore(database, { ...STORE, isMarked: true });
  await registerWorker(database, { ...worker, leaseMs: 600_000, capacity: 4, version: "1.0.0", takeOver: true });
  return { ...worker, storeId: STORE.id };
}

export type RunningJob = { readonly job: JobRow; readonly owner: Ownership; readonly worker: TestWorker };

/** Deploys a job and lets a worker of its own claim it. */
export async function startJob(database: Database, changes: Partial<Deployment> = {}): Promise<RunningJob> {
  const nodeId = `worker-${randomUUID()}`;
  const worker = await startWorker(database, nodeId);
  await deploy(database, { nodeSelector: nodeId, ...changes });
  return claim(database, worker);
}

/** Lets a worker claim the one job that is there for it. */
export async function claim(database: Database, worker: TestWorker): Promise<RunningJob> {
  const [job] = await claimJobs(database, { ...worker, limit: 1 });
  if (job === undefined) throw new Error("there is no job to claim");
  return { job, owner: { job: job.number, attempt: job.attempt, incarnation: worker.incarnation }, worker };
}

/** Brings a new job to a status, by the moves that lead there. */
export async function makeJobIn(database: Database, status: JobStatus): Promise<RunningJob> {
  const running = await startJob(database);
  const { owner } = running;
  const asked = () => stopJob(database, { number: owner.job, deadlineMs: 60_000 }, ACTOR);
  const path: Record<JobStatus, () => Promise<unknown>> = {
    SCHEDULED: async () => {
      // A job that was never claimed: the running one is done with.
      await completeJob(database, owner, ACTOR);
    },
    RUNNING: async () => {},
    STOP_REQUESTED: asked,
    STOPPING: async () => {
      await asked();
      await beginStopping(database, owner, ACTOR);
    },
    STOPPED: async () => {
      await asked();
      await beginStopping(database, owner, ACTOR);
      await finishStopping(database, owner, { actor: ACTOR });
    },
    COMPLETED: () => completeJob(database, owner, ACTOR),
    FAILED: () => failJob(database, owner, ACTOR, FAILURE),
  };
  await path[status]();
  if (status === "SCHEDULED") return { ...running, job: await deploy(database, { nodeSelector: "nobody" }) };
  return { ...running, job: await getJob(database, owner.job) };
}

/** A report of an attempt that has just begun, with what the test is about. */
export function liveFigures(changes: Partial<LiveFigures> = {}): { figures: LiveFigures; isNews: boolean } {
  const figures: LiveFigures = {
    headBlock: 100n,
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
    ...changes,
  };
  return { figures, isNews: true };
}

/** Moves a lease into the past, as if its worker had been silent for so long. */
export async function expireLease(database: Database, worker: Pick<WorkerIdentity, "incarnation">): Promise<void> {
  await database.prisma.$executeRaw`
    update worker set lease_until = now() - interval '1 second' where incarnation = ${worker.incarnation}::uuid`;
}

/** The time of the database. */
export async function databaseNow(database: Database): Promise<number> {
  const [row] = await database.prisma.$queryRaw<{ now: Date }[]>`select clock_timestamp() as now`;
  if (row === undefined) throw new Error("the database has no time");
  return row.now.getTime();
}

/** Every row that a job's owner could have changed, to see that nothing was. */
export async function readEverything(database: Database): Promise<unknown> {
  const rows = await database.prisma.$queryRaw`
    select (select jsonb_agg(to_jsonb(j) order by number) from job j) as jobs,
      (select jsonb_agg(to_jsonb(e) order by sequence) from job_event e) as events,
      (select jsonb_agg(to_jsonb(t) order by id) from dataset_table t) as tables,
      (select jsonb_agg(to_jsonb(f) order by id) from table_file f) as files,
      (select jsonb_agg(to_jsonb(p) order by table_id, name) from pending_file p) as pending,
      (select jsonb_agg(to_jsonb(l) order by job_number) from job_live l) as live`;
  return rows;
}

/** How many jobs match. */
export async function countJobs(database: Database, filter: JobFilter = {}): Promise<number> {
  return (await countJobsByStatus(database, filter)).total.count;
}

/** The types of a job's events, in the order of the log. */
export async function eventTypes(database: Database, job: bigint): Promise<string[]> {
  const events: EventRow[] = await listEvents(database, { job });
  return events.map(({ type }) => type);
}

/** Takes tables of the job's dataset, all by default. */
export function takeAll(
  database: Database,
  owner: Ownership,
  names: readonly TableName[] = ["blocks", "transactions", "logs"],
): Promise<TableRow[]> {
  const tables = names.map((name) => ({ name, revision: randomUUID() }));
  return takeTables(database, owner, { storeId: STORE.id, tables });
}

export type Span = { readonly start: number; readonly end: number; readonly branch?: string; readonly parent?: string };

/** A durable file of blocks `start` … `end` of a branch; another `parent` makes it fork off that branch. */
export function fileOf(table: TableRow, span: Span, createdAtNs: bigint): PublishedFile {
  const branch = span.branch ?? "a";
  const file: SegmentFile = {
    table: table.tableName as TableName,
    name: `${String(span.start).padStart(9, "0")}-${randomUUID().slice(0, 16)}.parquet`,
    start: BigInt(span.start),
    end: BigInt(span.end),
    network: "anvil",
    hash: hashOf(branch, span.end),
    prevHash: hashOf(span.parent ?? branch, span.start - 1),
    timestamp: 1_700_000_000n + BigInt(span.end),
    sizeBytes: 1_000n + BigInt(span.end),
    rowCount: BigInt(span.end - span.start + 1),
    createdAtNs,
  };
  return { table, startBlock: 0n, file };
}

/** Records the files of one segment, one per table, as a worker does before it writes them. */
export async function open(
  database: Database,
  owner: Ownership,
  segment: { readonly tables: readonly TableRow[]; readonly span: Span },
): Promise<PublishedFile[]> {
  const files = segment.tables.map((table) => fileOf(table, segment.span, 0n));
  const times = await openSegment(
    database,
    owner,
    files.map(({ table, file }) => ({ tableId: table.id, name: file.name })),
  );
  return files.map((one) => ({ ...one, file: { ...one.file, createdAtNs: times.get(one.table.id) ?? 0n } }));
}

/** Records and publishes one segment. */
export async function publish(
  database: Database,
  owner: Ownership,
  segment: { readonly tables: readonly TableRow[]; readonly span: Span },
): Promise<PublishedFile[]> {
  const files = await open(database, owner, segment);
  await publishSegment(database, owner, files);
  return files;
}
