import type { BlockRange } from "./block-range.ts";
import type { TableName } from "./table-name.ts";

/** A 32-byte hash as `0x` and 64 lower-case hex digits. */
export type BlockHash = `0x${string}`;

/** What a Parquet file says about the chain: enough to link it with its neighbours. */
export type SegmentSpan = BlockRange & {
  readonly network: string;
  /** Hash of the last block. */
  readonly hash: BlockHash;
  /** Parent hash of the first block. */
  readonly prevHash: BlockHash;
  /** Time of the last block, in seconds since 1970 (block header's `timestamp`). */
  readonly timestamp: bigint;
};

/** One durable Parquet file of one table, as the worker hands it to the registry. */
export type SegmentFile = SegmentSpan & {
  readonly table: TableName;
  /** `<first block, 9 digits>-<16 hex>.parquet`. */
  readonly name: string;
  readonly sizeBytes: bigint;
  readonly rowCount: bigint;
  /** Nanoseconds since 1970, database time taken when the segment opened; decides which of two files is newer. */
  readonly createdAtNs: bigint;
};
