import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { JobStatus } from "../../src/domain/job.ts";
import type { TableName } from "../../src/domain/table-name.ts";
import { openFolderStore } from "../../src/extract/folder-store.ts";
import type { ObjectStore } from "../../src/extract/object-store.ts";
import { MARKER_PATH } from "../../src/extract/store-marker.ts";
import type { Database } from "../../src/store/database.ts";
import { registerDataset } from "../../src/store/dataset.ts";
import { listEvents } from "../../src/store/event.ts";
import { deployJob } from "../../src/store/job-deploy.ts";
import { getJob } from "../../src/store/job-read.ts";
import type { JobRow } from "../../src/store/job-row.ts";
import { stopJob } from "../../src/store/job-stop.ts";
import { registerProvider } from "../../src/store/provider.ts";
import { type TableRow, tablePath } from "../../src/store/table.ts";
import { type FileRow, listFiles } from "../../src/store/table-file.ts";
import { createLog, type Log } from "../../src/telemetry/log.ts";
import type { WorkerSettings } from "../../src/worker/settings.ts";
import { Worker } from "../../src/worker/worker.ts";
import { queryParquet } from "../read-parquet.ts";
import { ACTOR } from "../store-fixtures.ts";
import { makeFolder } from "../write-tables.ts";

const STOP_DEADLINE_MS = 60_000;
const WAIT_MS = 15_000;

type Deploy = {
  readonly name?: string;
  readonly endBlock?: string | null;
  readonly nodeSelector?: string;
  readonly manifest?: Readonly<Record<string, unknown>>;
};

type Start = Partial<WorkerSettings> & {
  readonly store?: ObjectStore;
  readonly log?: Log;
  readonly database?: Database;
  readonly leases?: Database;
  readonly onStatus?: (reason: string | undefined) => void;
};

/** A database, a folder of files, and workers on them: what a test of the whole worker needs. */
export class WorkerLab {
  readonly database: Database;
  readonly store: ObjectStore;

  constructor(database: Database, store: ObjectStore) {
    this.database = database;
    this.store = store;
  }

  /** Starts a worker, which is dropped when the test ends. */
  async start(changes: Start = {}): Promise<Worker> {
    const { store = this.store, log = createLog({ level: "silent" }), database = this.database, ...others } = changes;
    const { leases = database, onStatus = () => {}, ...settings } = others;
    const worker = new Worker({
      database,
      leases,
      store,
      log,
      onStatus,
      settings: {
        nodeId: "worker-1",
        version: "1.0.0",
        capacity: 4,
        leaseMs: 10_000,
        segmentIntervalMs: 200,
        maxAttempts: 10,
        jobWatchdogMs: 600_000,
        drainDeadlineMs: 10_000,
        fileRetentionMs: 86_400_000,
        takeOver: false,
        environment: {},
        mayRead: () => false,
        ...settings,
      },
    });
    await worker.start(new AbortController().signal);
    onTestFinished(() => worker.drain(AbortSignal.abort()));
    return worker;
  }

  provide(url: string, changes: Readonly<Record<string, unknown>> = {}, name = "main"): Promise<unknown> {
    return registerProvider(this.database, name, { kind: "evm-rpc", network: "anvil", url, ...changes });
  }

  /** Registers a dataset and deploys a job of it, without an end unless one is given. */
  async deploy(changes: Deploy = {}): Promise<bigint> {
    const { name = "eth", manifest = {}, ...others } = changes;
    const content = { kind: "evm-rpc", network: "anvil", start_block: 0, ...manifest };
    const { hash } = await registerDataset(this.database, { namespace: "_", name, manifest: { content } });
    const deployment = { namespace: "_", name, manifestHash: hash, parallelism: 1, verify: false };
    const { job } = await deployJob(
      this.database,
      { ...deployment, endBlock: null, nodeSelector: null, ...others },
      ACTOR,
    );
    return job.number;
  }

  stop(job: bigint): Promise<unknown> {
    return stopJob(this.database, { number: job, deadlineMs: STOP_DEADLINE_MS }, ACTOR);
  }

  /** Makes a job's next attempt come without its back-off. */
  async hurry(job: bigint): Promise<void> {
    await this.database.prisma.$queryRaw`
      update job set next_attempt_at = now() where number = ${job} and status = 'SCHEDULED'
      returning pg_notify('amp', '')::text`;
  }

  job(job: bigint): Promise<JobRow> {
    return getJob(this.database, job);
  }

  /** The job as soon as it is what the test waits for. @throws when that does not come, or the job ends otherwise */
  until(job: bigint, wanted: JobStatus | ((row: JobRow) => boolean)): Promise<JobRow> {
    const isIt = typeof wanted === "string" ? (row: JobRow) => row.status === wanted : wanted;
    return waitUntil(`job ${job} to be ${wanted}`, async () => {
      const row = await this.job(job);
      if (isIt(row)) return row;
      if (row.endedAt !== null) throw new Error(`job ${job} is ${row.status}: ${JSON.stringify(row.lastError)}`);
      return undefined;
    });
  }

  /** Waits until the table's chain ends at the block, or beyond. */
  untilBlock(job: bigint, block: number, table: TableName = "blocks"): Promise<TableRow> {
    return waitUntil(`table ${table} to hold block ${block}`, async () => {
      const row = await this.#find(job, table);
      return row?.currentBlock !== undefined && (row?.currentBlock ?? -1n) >= BigInt(block) ? row : undefined;
    });
  }

  async table(job: bigint, name: TableName = "blocks"): Promise<TableRow> {
    const table = await this.#find(job, name);
    if (table === undefined) throw new Error(`job ${job} has no table ${name}`);
    return table;
  }

  /** The files of a table by start block, orphans too. */
  async files(job: bigint, name: TableName = "blocks"): Promise<FileRow[]> {
    return listFiles(this.database, (await this.table(job, name)).id);
  }

  /** Block ranges of the canonical files: `0–0`, `1–9`. */
  async ranges(job: bigint, name: TableName = "blocks"): Promise<string[]> {
    const files = await this.files(job, name);
    return files.filter(({ canonical }) => canonical).map(({ start, end }) => `${start}–${end}`);
  }

  /** Number, hash and parent of every row of table blocks, read from its canonical files. */
  async blocks(job: bigint): Promise<{ number: number; hash: unknown; parent: unknown }[]> {
    const table = await this.table(job);
    const files = (await this.files(job)).filter(({ canonical }) => canonical);
    if (files.length === 0) return [];
    const paths = files.map(({ name }) => `'${this.store.root}/${tablePath(table)}/${name}'`);
    const rows = await queryParquet(
      `select block_num, hash, parent_hash from read_parquet([${paths}]) order by block_num`,
    );
    return rows.map((row) => ({ number: Number(row.block_num), hash: row.hash, parent: row.parent_hash }));
  }

  /** Paths of all objects of the store but its marker. */
  async objects(): Promise<string[]> {
    const paths: string[] = [];
    for await (const { path } of this.store.list("")) if (path !== MARKER_PATH) paths.push(path);
    return paths.sort();
  }

  /** Paths of all registered files, orphans too. */
  async registered(): Promise<string[]> {
    const tables = await this.database.prisma.datasetTable.findMany();
    const paths = await Promise.all(
      tables.map(async (table) => (await listFiles(this.database, table.id)).map(pathIn(table))),
    );
    return paths.flat().sort();
  }

  async events(job: bigint): Promise<string[]> {
    return (await listEvents(this.database, { job })).map(({ type }) => type);
  }

  async #find(job: bigint, table: TableName): Promise<TableRow | undefined> {
    const { namespace, name, manifestHash } = await this.job(job);
    const where = { namespace, name, manifestHash, tableName: table, active: true };
    return (await this.database.prisma.datasetTable.findFirst({ where })) ?? undefined;
  }
}

/** A lab on a database that is empty but for what other tests of the file left of datasets. */
export async function openLab(database: Database): Promise<WorkerLab> {
  return new WorkerLab(database, openFolderStore(await makeFolder()));
}

/** Asks again and again until there is an answer. @throws when there is none in time */
export async function waitUntil<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const endMs = performance.now() + WAIT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > endMs) throw new Error(`waited in vain for ${what}`);
    await sleep(20);
  }
}

function pathIn(table: TableRow): (file: FileRow) => string {
  return ({ name }) => `${tablePath(table)}/${name}`;
}
