import type { EtaUnavailable } from "../generated/api.ts";
import { formatDuration, formatPercent, formatRate } from "../output/units.ts";
import { words } from "./job-state.ts";

/** Blocks of a job, as GraphQL has them. */
export type Blocks = {
  readonly startBlock: string | null;
  readonly currentBlock: string | null;
  readonly targetBlock: string | null;
  readonly headBlock: string | null;
  readonly lagBlocks: string | null;
};

const NO_ETA: Readonly<Record<EtaUnavailable, string>> = {
  ENDED: "–",
  NOT_RUNNING: "–",
  NO_TARGET: "–",
  STALLED: "stalled",
  WAITING_FOR_HEAD: "waits for chain",
  WARMING_UP: "warming up",
};

/** `15000000 / 15000099`, or of a job that follows the chain `15000000 / head 15000007`. */
export function blocksText({ currentBlock, targetBlock, headBlock }: Blocks): string {
  const current = currentBlock ?? "–";
  if (targetBlock !== null) return `${current} / ${targetBlock}`;
  return headBlock === null ? current : `${current} / head ${headBlock}`;
}

/** How much of the way to the target is published; of a job that follows the chain how far it is behind. */
export function doneText(blocks: Blocks): string {
  const share = doneShare(blocks);
  if (share !== undefined) return formatPercent(share.done, share.all);
  if (blocks.lagBlocks === null) return "–";
  return BigInt(blocks.lagBlocks) === 0n ? "at head" : `${blocks.lagBlocks} behind`;
}

/** Blocks that are published and blocks that there are to publish; undefined without a target. */
export function doneShare(blocks: Blocks): { readonly done: bigint; readonly all: bigint } | undefined {
  const { startBlock, currentBlock, targetBlock } = blocks;
  if (targetBlock === null) return undefined;
  if (startBlock === null || currentBlock === null) return { done: 0n, all: 1n };
  return { done: BigInt(currentBlock) - BigInt(startBlock) + 1n, all: BigInt(targetBlock) - BigInt(startBlock) + 1n };
}

export function rateText(blocksPerSecond: number | null): string {
  return blocksPerSecond === null ? "–" : formatRate(blocksPerSecond);
}

/** The time that is left, at most; or in a word why nobody can tell. */
export function etaText({
  eta,
  etaUnavailable,
}: {
  readonly eta: { readonly latestSeconds: number } | null;
  readonly etaUnavailable: EtaUnavailable | null;
}): string {
  if (eta !== null) return formatDuration(eta.latestSeconds);
  if (etaUnavailable === null) return "–";
  // A newer server may have reasons that this program does not know.
  return NO_ETA[etaUnavailable] ?? words(etaUnavailable);
}
