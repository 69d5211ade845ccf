import { parseEndBlock, resolveEndBlock } from "../domain/end-block.ts";
import type { BlockRef } from "../extract/chain-block.ts";
import { wait } from "../extract/wait.ts";
import { fixTargetBlock } from "../store/job-own.ts";
import { HeadWatch } from "./head-watch.ts";
import type { JobTask } from "./job-task.ts";
import { Rounds } from "./rounds.ts";

/** How an attempt came to its end without an error. */
export type Outcome = "completed" | "interrupted";

const NO_HEAD_POLL_MS = 1_000;

/**
 * Extracts what the tables lack, up to the end block or for ever.
 * @returns `completed` when every table holds every block up to the target; `interrupted` after a soft stop, with
 *   everything in hand published
 */
export async function extractJob(task: JobTask): Promise<Outcome> {
  try {
    const heads = new HeadWatch(task);
    const head = await waitForHead(task, heads);
    const target = await resolveTarget(task, head);
    task.live.aimAt(target);
    const rounds = new Rounds(task, heads, target);
    while (!(await rounds.run())) task.soft.throwIfAborted();
    return "completed";
  } catch (error) {
    if (task.soft.aborted && error === task.soft.reason) return "interrupted";
    throw error;
  }
}

/** A young chain has no finalized block yet. */
async function waitForHead(task: JobTask, heads: HeadWatch): Promise<BlockRef> {
  for (;;) {
    const head = await heads.read();
    if (head !== undefined) return head;
    await wait(NO_HEAD_POLL_MS, task.reading);
  }
}

async function resolveTarget(task: JobTask, head: BlockRef): Promise<bigint | undefined> {
  const { database, owner, job, manifest } = task;
  if (job.targetBlock !== null) return job.targetBlock;
  const target = resolveEndBlock(parseEndBlock(job.endBlock), { head: head.number, startBlock: manifest.startBlock });
  return target === undefined ? undefined : fixTargetBlock(database, owner, target);
}
