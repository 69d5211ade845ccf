import type { JobStatus } from "../../src/domain/job.ts";

/** One attempt that was won, by indexes of the model: a job, and one of the processes that were started. */
export type Owner = { readonly job: number; readonly attempt: number; readonly incarnation: number };

/** What the design says of a job's row. Indexes instead of numbers and UUIDs, so that two runs compare. */
export type ModelRow = {
  dataset: number;
  status: JobStatus;
  version: number;
  attempt: number;
  failures: number;
  owner: number | null;
  node: number | null;
  /** Whether its next attempt lies ahead. */
  waits: boolean;
  deadline: "none" | "ahead" | "passed";
  parallelism: number;
  retryOf: number | null;
  target: number | null;
  error: string | null;
  /** Files in the chain when it ended, of each table that was written. */
  final: number[] | null;
};

/** A job stays in the log when its row is removed. */
export type ModelJob = { row: ModelRow | null; events: string[] };

export type ModelNode = { incarnation: number; alive: boolean; signedOff: boolean; draining: boolean };

export type ModelTable = { exists: boolean; writer: number | null; slots: number[]; files: number };

/** A file that was recorded; each covers one slot of ten blocks. */
export type ModelSegment = {
  readonly owner: Owner;
  readonly dataset: number;
  readonly slot: number;
  state: "pending" | "published" | "swept";
};

export type Model = {
  jobs: ModelJob[];
  nodes: ModelNode[];
  /** Of each node, every process so far, the present one last. */
  processes: number[][];
  incarnations: number;
  owners: Owner[];
  tables: ModelTable[];
  segments: ModelSegment[];
};

export const DATASETS = 2;
export const NODES: readonly string[] = ["node-0", "node-1", "node-2"];
export const MAX_ATTEMPTS = 3;
export const SLOT_BLOCKS = 10;

/** Three live workers, and nothing to do. */
export function startModel(): Model {
  return {
    jobs: [],
    nodes: NODES.map((_, incarnation) => ({ incarnation, alive: true, signedOff: false, draining: false })),
    processes: NODES.map((_, incarnation) => [incarnation]),
    incarnations: NODES.length,
    owners: [],
    tables: Array.from({ length: DATASETS }, () => ({ exists: false, writer: null, slots: [], files: 0 })),
    segments: [],
  };
}

/** The slots of a table's canonical chain: from the first on without a hole, each once. */
export function chainOf(table: ModelTable): number[] {
  const chain: number[] = [];
  while (table.slots.includes(chain.length)) chain.push(chain.length);
  return chain;
}

/** What can be read back from a database, of a model or of the real one. */
export type View = {
  readonly jobs: readonly ModelJob[];
  readonly nodes: readonly ModelNode[];
  readonly tables: readonly {
    readonly exists: boolean;
    readonly writer: number | null;
    readonly chain: readonly number[];
    readonly files: number;
  }[];
  /** `job/attempt` of every pending file. */
  readonly pending: readonly string[];
};

export function viewOf(model: Model): View {
  return {
    jobs: model.jobs,
    nodes: model.nodes,
    tables: model.tables.map((table) => ({
      exists: table.exists,
      writer: table.writer,
      chain: chainOf(table),
      files: table.files,
    })),
    pending: model.segments
      .filter(({ state }) => state === "pending")
      .map(({ owner }) => `${owner.job}/${owner.attempt}`)
      .toSorted(),
  };
}
