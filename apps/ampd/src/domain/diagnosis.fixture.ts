import type { DiagnosedJob, DiagnosisInput } from "./diagnosis-input.ts";
import { atSecond, liveReport } from "./run-state.fixture.ts";
import type { WorkerFacts } from "./worker-fit.ts";

export function workerFacts(changes: Partial<WorkerFacts> = {}): WorkerFacts {
  return {
    nodeId: "w1",
    incarnation: "i1",
    isAlive: true,
    draining: false,
    capacity: 4,
    running: 1,
    storeId: "store-1",
    ...changes,
  };
}

/** Running on worker w1 since second 0, seen at second 100, on its way to the head; 900 of 2,000 blocks are published. */
export function diagnosisInput(changes: Partial<DiagnosisInput> = {}, job: Partial<DiagnosedJob> = {}): DiagnosisInput {
  const sums = { filesCount: 9n, totalSizeBytes: 9_000n, rowCount: 901n };
  const figures = { startBlock: 0n, currentBlock: 900n, currentTimestamp: 1_767_225_600n, ...sums };
  return {
    now: atSecond(100),
    job: {
      status: "RUNNING",
      attempt: 3,
      failures: 0,
      incarnation: "i1",
      nodeId: "w1",
      nodeSelector: null,
      targetBlock: null,
      scheduledAt: atSecond(-5),
      updatedAt: atSecond(0),
      nextAttemptAt: null,
      stopDeadline: null,
      lastError: null,
      ...job,
    },
    network: "mainnet",
    startBlock: 0n,
    tables: [
      { table: "blocks", ...figures },
      { table: "logs", ...figures },
    ],
    gaps: [],
    live: liveReport(),
    providers: 2,
    workers: [workerFacts()],
    storeIds: ["store-1"],
    ...changes,
  };
}
