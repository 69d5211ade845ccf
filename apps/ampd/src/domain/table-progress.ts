/** What stands of one table: the bounds and sums of its canonical chain. */
export type TableProgress = {
  readonly table: string;
  /** First block, null while the chain is empty. */
  readonly startBlock: bigint | null;
  /** Last contiguous block, null while the chain is empty. After a reorg it may go back. */
  readonly currentBlock: bigint | null;
  /** Time of that block in seconds since 1970; null while it is unknown. */
  readonly currentTimestamp: bigint | null;
  readonly filesCount: bigint;
  readonly totalSizeBytes: bigint;
  readonly rowCount: bigint;
};
