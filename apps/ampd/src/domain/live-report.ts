/** What keeps a job's worker waiting just now. */
export const WAIT_CAUSES = ["NOTHING", "HEAD", "RATE_LIMIT", "ENDPOINT", "STORE"] as const;

export type WaitCause = (typeof WAIT_CAUSES)[number];

/** What the owner of a job reports about once a second, while it has the job. */
export type LiveReport = {
  /** Of which attempt; 0 where nothing says which one it was. */
  readonly attempt: number;
  readonly reportedAt: Date;
  /** The chain's last block; its last finalized one where the dataset wants those only. */
  readonly headBlock: bigint;
  /** Time of the head block in seconds since 1970. */
  readonly headTimestamp: bigint;
  /** The last block fetched, published or not; null before the first one. */
  readonly fetchedBlock: bigint | null;
  /** Fetched and not published yet. */
  readonly inFlightBlocks: bigint;
  /** Rows of all tables together. */
  readonly inFlightRows: bigint;
  /** Of the columns, before compression. */
  readonly inFlightBytes: bigint;
  /** Over the sliding window; null while it is too early to say. */
  readonly blocksPerSecond: number | null;
  /** Of the endpoint's answers as JSON text, over the same window. */
  readonly bytesPerSecond: number | null;
  /** Between these two lies the average speed up to the target; null while it is too early to say, and without a target. */
  readonly slowBlocksPerSecond: number | null;
  readonly fastBlocksPerSecond: number | null;
  /** Average time from head to head, per block; null while too few heads were seen. */
  readonly chainSecondsPerBlock: number | null;
  /** When a stage last advanced, or the attempt began. */
  readonly advancedAt: Date;
  readonly waitsFor: WaitCause;
};
