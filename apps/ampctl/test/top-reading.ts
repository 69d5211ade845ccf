import type { FeedEvent } from "../src/client/event-feed.ts";
import type { TopJob } from "../src/live/top-job.ts";
import { createTopState, type TopReading, type TopState, withEvents } from "../src/live/top-state.ts";

export const NOW = new Date("2026-01-31T12:00:00Z");

const PROGRESS: TopJob["progress"] = {
  startBlock: "0",
  currentBlock: "15000000",
  targetBlock: null,
  headBlock: "15000007",
  lagBlocks: "7",
  blocksPerSecond: 12,
  etaUnavailable: "NO_TARGET",
  eta: null,
};

const JOB: TopJob = {
  number: "1",
  status: "RUNNING",
  nodeId: "worker-1",
  createdAt: "2026-01-31T11:00:00.000Z",
  descriptor: { datasetNamespace: "_", datasetName: "mainnet" },
  progress: PROGRESS,
  diagnosis: { verdict: "FOLLOWING", severity: "OK" },
};

const JOBS: readonly TopJob[] = [
  JOB,
  {
    ...JOB,
    number: "12",
    descriptor: { datasetNamespace: "eth", datasetName: "a-dataset-with-a-long-name" },
    progress: {
      ...PROGRESS,
      currentBlock: "499",
      targetBlock: "999",
      lagBlocks: "14999508",
      blocksPerSecond: 0.4,
      etaUnavailable: null,
      eta: { latestSeconds: 1_250 },
    },
    diagnosis: { verdict: "RATE_LIMITED", severity: "WARNING" },
  },
  {
    ...JOB,
    number: "3",
    status: "SCHEDULED",
    nodeId: null,
    descriptor: { datasetNamespace: "_", datasetName: "lonely" },
    progress: { ...PROGRESS, currentBlock: null, headBlock: null, lagBlocks: null, blocksPerSecond: null },
    diagnosis: { verdict: "WAITING_FOR_WORKER", severity: "CRITICAL" },
  },
];

const WORKER = {
  nodeId: "worker-1",
  version: "0.1.0",
  capacity: 4,
  isAlive: true,
  isDraining: false,
  createdAt: "2026-01-30T12:00:00.000Z",
  registeredAt: "2026-01-30T12:00:00.000Z",
  heartbeatAt: "2026-01-31T11:59:58.000Z",
  leaseUntil: "2026-01-31T12:00:28.000Z",
};

/** Three jobs, of which one does well, and two workers, of which one is gone. */
export const READING: TopReading = {
  jobs: JOBS,
  total: undefined,
  workers: [{ ...WORKER, nodeId: "a-worker-that-is-gone", isAlive: false, heartbeatAt: WORKER.createdAt }, WORKER],
};

const EVENT: FeedEvent = {
  id: 7,
  created_at: "2026-01-31T11:59:00.000000+00:00",
  node_id: "worker-1",
  event_type: "FAILED",
  job_id: 2,
  dataset_namespace: "eth",
  dataset_name: "far",
  actor: null,
  reason: null,
  detail: { error_code: "ENDPOINT_FAILING", error_message: "no \u001b[2Janswer" },
};

export const STATE: TopState = withEvents(createTopState(READING), [EVENT]);

/** As many jobs, all alike. */
export function manyJobs(count: number): TopReading {
  return { ...READING, jobs: Array.from({ length: count }, (_, at) => ({ ...JOB, number: String(at + 1) })) };
}
