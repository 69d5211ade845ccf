import { lowerBlock } from "../domain/block-range.ts";
import type { Work } from "../domain/next-work.ts";
import type { BlockHash } from "../domain/segment-file.ts";
import type { HeadWatch } from "./head-watch.ts";
import type { JobTask } from "./job-task.ts";
import { OpenSegment, type Place } from "./open-segment.ts";
import { publish } from "./publish.ts";
import { lastInSegment, type SegmentCuts, segmentRanges } from "./segment-cuts.ts";

/** A piece of work, what stands before it, and how far it may grow while the chain does. */
export type OpenWork = Work & {
  /** Hash of the published block before the range; undefined where there is none. */
  readonly hashBefore: BlockHash | undefined;
  /** At the head the last segment stays open for new blocks, up to here; undefined: as far as the chain goes. */
  readonly target: bigint | undefined;
  readonly isAtHead: boolean;
};

/**
 * Extracts a range as aligned segments, each published before the next is begun. At the head the last one waits for new
 * blocks until its time is over. Whatever ends it early, a soft stop or an endpoint that fails, what is in hand is
 * published first, up to the last contiguous block.
 * @throws BrokenLinkError when a block does not follow the one before: what is in hand is dropped, the caller walks back
 */
export async function extractWork(task: JobTask, heads: HeadWatch, work: OpenWork): Promise<void> {
  let place: Place = { next: work.range.start, hashBefore: work.hashBefore };
  for (const { end } of segmentRanges(work.range, cutsOf(task))) {
    const plan = { tables: work.tables, end, ...limitsAt(end, task, work) };
    while (place.next <= end) {
      const open = new OpenSegment(task, heads, { ...plan, ...place });
      await extractSegment(open, task);
      if (open.isReplaced) return;
      ({ place } = open);
    }
  }
}

/** How long a segment that ends at a block is open, and up to where it grows. */
function limitsAt(end: bigint, task: JobTask, { isAtHead, range, target }: OpenWork) {
  if (!isAtHead || end !== range.end) return { growsTo: end, openMs: task.limits.openMs };
  const last = lastInSegment(end + 1n, cutsOf(task)) ?? end;
  return { growsTo: lowerBlock(target ?? last, last), openMs: task.limits.openAtHeadMs };
}

async function extractSegment(open: OpenSegment, task: JobTask): Promise<void> {
  try {
    await open.collect();
    if (open.isReplaced) return;
    if (open.segment.blocks > 0) await publish(task, open.segment);
  } finally {
    task.live.handedOver();
  }
  open.throwFailure();
  task.soft.throwIfAborted();
}

function cutsOf({ manifest, limits }: JobTask): SegmentCuts {
  return { startBlock: manifest.startBlock, blocks: limits.blocks };
}
