import type { BlockHash } from "../domain/segment-file.ts";
import type { RpcBlock, RpcReceipt } from "./rpc-block.ts";

/** A block's place in the chain. `timestamp` is in seconds since 1970. */
export type BlockRef = {
  readonly number: bigint;
  readonly hash: BlockHash;
  readonly parentHash: BlockHash;
  readonly timestamp: bigint;
};

/** A block with its receipts, joined on the block hash and checked (`check-block.ts`); receipts in transaction order. */
export type ChainBlock = BlockRef & {
  /** Name of the endpoint that served it, for messages. */
  readonly endpoint: string;
  readonly block: RpcBlock;
  readonly receipts: readonly RpcReceipt[];
  /** About the size of both answers as JSON text. */
  readonly sizeBytes: number;
};
