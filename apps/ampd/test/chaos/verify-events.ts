import { canMove, JOB_STATUSES, type JobStatus } from "../../src/domain/job.ts";

export type LoggedEvent = {
  readonly sequence: number;
  readonly job: number;
  readonly type: string;
  readonly node: string;
  /** Of a failure that no retry cures. */
  readonly incurable: string | null;
};

export type JobNow = {
  readonly number: number;
  readonly status: string;
  readonly version: number;
  readonly attempt: number;
  readonly node: string | null;
};

type Replayed = {
  status: JobStatus | undefined;
  moves: number;
  claims: number;
  owner: string | null;
  isRemoved: boolean;
};

/**
 * Plays the event log from its beginning, and compares where each job comes to with its row.
 * @param events in the order of their sequence
 * @returns a sentence for each difference and for each move that the state machine does not have
 */
export function findEventFaults(events: readonly LoggedEvent[], jobs: readonly JobNow[]): string[] {
  const faults: string[] = [];
  const replayed = new Map<number, Replayed>();
  for (const event of events) {
    const job = replayed.get(event.job) ?? { status: undefined, moves: 0, claims: 0, owner: null, isRemoved: false };
    replayed.set(event.job, job);
    faults.push(...play(job, event).map((fault) => `job ${event.job}, event ${event.sequence}: ${fault}`));
  }
  const rows = new Map(jobs.map((job) => [job.number, job]));
  for (const [number, job] of replayed) {
    faults.push(...compare(job, rows.get(number)).map((fault) => `job ${number}: ${fault}`));
  }
  for (const number of rows.keys()) if (!replayed.has(number)) faults.push(`job ${number} has no events`);
  return faults;
}

function play(job: Replayed, { type, node, incurable }: LoggedEvent): string[] {
  if (job.isRemoved) return [`${type} after the job was removed`];
  if (type === "REMOVED") {
    job.isRemoved = true;
    return job.status !== undefined && isFinal(job.status) ? [] : [`removed while ${job.status}`];
  }
  if (!isStatus(type)) return [];
  const from = job.status;
  job.status = type;
  job.moves += 1;
  if (type === "RUNNING") {
    job.claims += 1;
    job.owner = node;
  }
  if (incurable !== null) return [`failed for good: ${incurable}`];
  if (from === undefined) return type === "SCHEDULED" ? [] : [`it starts as ${type}`];
  return canMove(from, type) ? [] : [`moved from ${from} to ${type}`];
}

function compare(job: Replayed, row: JobNow | undefined): string[] {
  if (row === undefined) return job.isRemoved ? [] : [`is gone without an event, last seen ${job.status}`];
  if (job.isRemoved) return ["is there although it was removed"];
  const pairs = [
    ["status", row.status, job.status],
    ["version", row.version, job.moves],
    ["attempt", row.attempt, job.claims],
    ["node", row.node, job.owner],
  ] as const;
  return pairs
    .filter(([, is, says]) => is !== says)
    .map(([what, is, says]) => `its ${what} is ${is}, its events say ${says}`);
}

function isStatus(type: string): type is JobStatus {
  return (JOB_STATUSES as readonly string[]).includes(type);
}

function isFinal(status: JobStatus): boolean {
  return !JOB_STATUSES.some((other) => canMove(status, other));
}
