import { fetchPosition } from "./fetch-position.ts";
import { isEnded } from "./job.ts";
import type { LiveReport } from "./live-report.ts";
import { phaseOf } from "./phase.ts";
import type { RunState } from "./run-state.ts";
import { stalledSince } from "./stall.ts";

/**
 * Why there is no ETA. NOT_RUNNING: it waits for a worker, or stops. WAITING_FOR_HEAD: the chain has yet to grow to the
 * target, and too few heads were seen to say how fast it does.
 */
export const ETA_GAPS = ["ENDED", "NOT_RUNNING", "NO_TARGET", "STALLED", "WARMING_UP", "WAITING_FOR_HEAD"] as const;

export type EtaGap = (typeof ETA_GAPS)[number];

/** Seconds until the job has published its target: 0 ≤ earliest ≤ latest. */
export type EtaInterval = { readonly earliestSeconds: number; readonly latestSeconds: number };

export type Eta =
  | { readonly interval: EtaInterval; readonly gap: null }
  | { readonly interval: null; readonly gap: EtaGap };

/** From the last block to the last file. */
const PUBLISH_SECONDS = 2;

/**
 * When a job will have reached its target. What is there is fetched at the speeds that the worker reports
 * ({@link etaRates} says how good they are); a target beyond the head takes at least as long as the chain needs to grow
 * to it, and just as long when the job has nothing else to wait for.
 */
export function eta(state: RunState): Eta {
  const { status, targetBlock, live } = state;
  if (isEnded(status)) return none("ENDED");
  if (status !== "RUNNING") return none("NOT_RUNNING");
  if (targetBlock === null) return none("NO_TARGET");
  if (stalledSince(state) !== null) return none("STALLED");
  if (live === undefined) return none("WARMING_UP");
  if (targetBlock > live.headBlock) return beyondHead(state, targetBlock, live);
  return toFetch(state, targetBlock, live);
}

function toFetch(state: RunState, targetBlock: bigint, live: LiveReport): Eta {
  const { slowBlocksPerSecond, fastBlocksPerSecond } = live;
  const position = fetchPosition({ ...state, fetchedBlock: live.fetchedBlock });
  if (position >= targetBlock) return some(0, PUBLISH_SECONDS);
  if (live.blocksPerSecond === 0) return none("STALLED");
  if (!isSpeed(slowBlocksPerSecond) || !isSpeed(fastBlocksPerSecond)) return none("WARMING_UP");
  const remaining = Number(targetBlock - position);
  return some(remaining / fastBlocksPerSecond, remaining / slowBlocksPerSecond + PUBLISH_SECONDS);
}

function beyondHead(state: RunState, targetBlock: bigint, live: LiveReport): Eta {
  const { headBlock, chainSecondsPerBlock } = live;
  if (!isSpeed(chainSecondsPerBlock)) return none("WAITING_FOR_HEAD");
  const growth = growthOf(Number(targetBlock - headBlock), chainSecondsPerBlock);
  // At the head the speed is the chain's, and says nothing of what the job could do.
  if (phaseOf(state) === "FOLLOWING") return some(growth.earliestSeconds, growth.latestSeconds);
  const { interval, gap } = toFetch(state, targetBlock, live);
  if (interval === null) return none(gap);
  return some(
    Math.max(growth.earliestSeconds, interval.earliestSeconds),
    Math.max(growth.latestSeconds, interval.latestSeconds),
  );
}

/** Blocks may come by chance, as in proof of work: of n the time spreads by √n, and twice that is allowed for. The next one may be due. */
function growthOf(blocks: number, secondsPerBlock: number): EtaInterval {
  const doubt = 0.1 * blocks + 2 * Math.sqrt(blocks);
  return {
    earliestSeconds: Math.max(0, blocks - 1 - doubt) * secondsPerBlock,
    latestSeconds: (blocks + doubt) * secondsPerBlock + PUBLISH_SECONDS,
  };
}

/** A speed of 0 would make an ETA of it that no clock knows. */
function isSpeed(value: number | null): value is number {
  return value !== null && value > 0;
}

function some(earliestSeconds: number, latestSeconds: number): Eta {
  return { interval: { earliestSeconds, latestSeconds: Math.max(latestSeconds, earliestSeconds) }, gap: null };
}

function none(gap: EtaGap): Eta {
  return { interval: null, gap };
}
