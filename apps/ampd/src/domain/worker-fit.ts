/** A worker, as far as it matters to who may claim a job. */
export type WorkerFacts = {
  readonly nodeId: string;
  readonly incarnation: string;
  /** Holds its lease, by the database's clock. */
  readonly isAlive: boolean;
  readonly draining: boolean;
  /** Jobs at once. */
  readonly capacity: number;
  /** Jobs that it has now. */
  readonly running: number;
  /** The store that it sees; null while it sees none that the database knows. */
  readonly storeId: string | null;
};

/** Why nobody takes a job, from the first thing that is missing to the last. */
export const WORKER_GAPS = ["NONE_ALIVE", "NONE_SELECTED", "NONE_SEES_STORE", "ALL_DRAIN", "ALL_FULL"] as const;

export type WorkerGap = (typeof WORKER_GAPS)[number];

export type ClaimFacts = {
  /** A node id, or a prefix followed by `*`; null: any worker. */
  readonly nodeSelector: string | null;
  /** Where the job's tables lie; empty before a worker took them. */
  readonly storeIds: readonly string[];
};

/** What keeps the workers from claiming a job whose time has come; null when one of them will. */
export function workerGap(workers: readonly WorkerFacts[], job: ClaimFacts): WorkerGap | null {
  const steps: readonly [WorkerGap, (worker: WorkerFacts) => boolean][] = [
    ["NONE_ALIVE", ({ isAlive }) => isAlive],
    ["NONE_SELECTED", ({ nodeId }) => isSelected(nodeId, job.nodeSelector)],
    ["NONE_SEES_STORE", ({ storeId }) => storeId !== null && job.storeIds.every((id) => id === storeId)],
    ["ALL_DRAIN", ({ draining }) => !draining],
    ["ALL_FULL", ({ running, capacity }) => running < capacity],
  ];
  let left = workers;
  for (const [gap, passes] of steps) {
    left = left.filter(passes);
    if (left.length === 0) return gap;
  }
  return null;
}

/** Whether the selector names the node, itself or by a prefix. */
function isSelected(nodeId: string, selector: string | null): boolean {
  if (selector === null) return true;
  return selector.endsWith("*") ? nodeId.startsWith(selector.slice(0, -1)) : nodeId === selector;
}
