import type { JobStatus } from "../../src/domain/job.ts";
import type { ModelJob, View } from "./state.ts";
import { NODES, SLOT_BLOCKS } from "./state.ts";
import type { World } from "./world.ts";

/** Every row that a command could have changed, as JSON; what time alone decides stands beside it. */
export type Snapshot = {
  readonly jobs: readonly RawJob[];
  readonly events: readonly { sequence: number | null; job_number: number; type: string; node_id: string }[];
  readonly tables: readonly RawTable[];
  readonly files: readonly { table_id: number; start_block: number; end_block: number; canonical: boolean }[];
  readonly pending: readonly { job_number: number; attempt: number }[];
  readonly workers: readonly RawWorker[];
};

export type RawJob = {
  readonly number: number;
  readonly status: JobStatus;
  readonly version: number;
  readonly name: string;
  readonly parallelism: number;
  readonly node_id: string | null;
  readonly incarnation: string | null;
  readonly attempt: number;
  readonly failures: number;
  readonly target_block: number | null;
  readonly updated_at: string;
  readonly retry_of: number | null;
  readonly last_error: { readonly code: string } | null;
  readonly final_tables: readonly { readonly filesCount: string }[] | null;
  readonly waits: boolean | null;
  readonly overdue: boolean | null;
};

type RawTable = {
  readonly id: number;
  readonly name: string;
  readonly writer_job: number | null;
  readonly start_block: number | null;
  readonly current_block: number | null;
  readonly files_count: number;
};

type RawWorker = {
  readonly node_id: string;
  readonly incarnation: string;
  readonly draining: boolean;
  readonly signed_off_at: string | null;
  readonly alive: boolean;
};

export async function takeSnapshot({ database }: World): Promise<Snapshot> {
  const [row] = await database.prisma.$queryRaw<{ snapshot: Snapshot }[]>`select model_snapshot() as snapshot`;
  if (row === undefined) throw new Error("the database answers");
  return row.snapshot;
}

/** Lets the world know the jobs that are new, and tells what stands there in the model's words. */
export function observe(world: World, snapshot: Snapshot): View {
  const numbers = [...new Set(snapshot.events.map(({ job_number }) => job_number))].toSorted((a, b) => a - b);
  world.numbers = numbers.map(BigInt);
  const indexOf = (number: number | null) => (number === null ? null : numbers.indexOf(number));
  return {
    jobs: numbers.map((number) => observeJob(world, snapshot, number)),
    nodes: snapshot.workers.map(({ incarnation, alive, signed_off_at, draining }) => ({
      incarnation: world.incarnations.indexOf(incarnation),
      alive,
      signedOff: signed_off_at !== null,
      draining,
    })),
    tables: world.deployments.map(({ name }) => {
      const table = snapshot.tables.find((row) => row.name === name);
      const files = snapshot.files.filter(({ table_id }) => table_id === table?.id);
      const chain = files.filter(({ canonical }) => canonical).map(({ start_block }) => start_block / SLOT_BLOCKS);
      return { exists: table !== undefined, writer: indexOf(table?.writer_job ?? null), chain, files: files.length };
    }),
    pending: snapshot.pending.map(({ job_number, attempt }) => `${indexOf(job_number)}/${attempt}`).toSorted(),
  };
}

/** An answer of the store in the model's words. */
export function translate(world: World, outcome: string): string {
  return outcome.replaceAll(/#(\d+)/g, (_, number: string) => String(world.numbers.indexOf(BigInt(number))));
}

function observeJob(world: World, snapshot: Snapshot, number: number): ModelJob {
  const events = snapshot.events
    .filter(({ job_number }) => job_number === number)
    .map(({ type, node_id }) => `${type} by ${node_id}`);
  const raw = snapshot.jobs.find((job) => job.number === number);
  if (raw === undefined) return { row: null, events };
  const row = {
    dataset: world.deployments.findIndex(({ name }) => name === raw.name),
    status: raw.status,
    version: raw.version,
    attempt: raw.attempt,
    failures: raw.failures,
    owner: raw.incarnation === null ? null : world.incarnations.indexOf(raw.incarnation),
    node: raw.node_id === null ? null : NODES.indexOf(raw.node_id),
    waits: raw.waits === true,
    deadline: deadlineOf(raw),
    parallelism: raw.parallelism,
    retryOf: raw.retry_of === null ? null : world.numbers.indexOf(BigInt(raw.retry_of)),
    target: raw.target_block,
    error: raw.last_error?.code ?? null,
    final: raw.final_tables?.map(({ filesCount }) => Number(filesCount)) ?? null,
  };
  return { row, events };
}

function deadlineOf({ overdue }: RawJob): "none" | "ahead" | "passed" {
  if (overdue === null) return "none";
  return overdue ? "passed" : "ahead";
}
