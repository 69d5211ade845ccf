/** What a worker process is told at its start. */
export type WorkerSettings = {
  readonly nodeId: string;
  readonly version: string;
  /** Jobs at once. */
  readonly capacity: number;
  readonly leaseMs: number;
  /** At the head of the chain a segment is published at least so often. */
  readonly segmentIntervalMs: number;
  readonly maxAttempts: number;
  /** How long a job may go without any stage that advances; waiting for the head or for a rate limit advances. */
  readonly jobWatchdogMs: number;
  /** How long a file stays that the canonical chain has passed by. */
  readonly fileRetentionMs: number;
  /** How long a drain may take before what is still running is aborted. */
  readonly drainDeadlineMs: number;
  /** No other process can have this node id: an earlier incarnation's lease need not run out. */
  readonly takeOver: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a provider may read this variable of the environment. */
  readonly mayRead: (variable: string) => boolean;
};
