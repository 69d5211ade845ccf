import type { BlockHash } from "../domain/segment-file.ts";

/**
 * A block's parent is not the block that the same endpoint served before it: a reorg is under way, or nodes behind one
 * address disagree. No refusal, but news: the worker walks back to the common ancestor.
 */
export class BrokenLinkError extends Error {
  override readonly name = "BrokenLinkError";
  /** The block whose parent is another one. */
  readonly number: bigint;
  readonly parentHash: BlockHash;
  /** Hash of the block before it, as served. */
  readonly hashBefore: BlockHash;

  constructor(link: { readonly number: bigint; readonly parentHash: BlockHash; readonly hashBefore: BlockHash }) {
    super(`block ${link.number} has parent ${link.parentHash}, not ${link.hashBefore}`);
    this.number = link.number;
    this.parentHash = link.parentHash;
    this.hashBefore = link.hashBefore;
  }
}
