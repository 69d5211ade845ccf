import { fetchPosition } from "./fetch-position.ts";
import { isOwned, type RunState } from "./run-state.ts";

/** What a job is about. */
export const PHASES = ["CATCHING_UP", "FOLLOWING", "IDLE"] as const;

export type Phase = (typeof PHASES)[number];

/** An epoch of Ethereum: finalized heads move by so many at once. */
const FOLLOWING_BLOCKS = 32n;

/**
 * IDLE: no worker has it. FOLLOWING: it has fetched all but the last 32 blocks below the head, and the chain has yet to
 * grow for it. CATCHING_UP: anything else, so also a job whose target is there already.
 */
export function phaseOf(state: Omit<RunState, "now" | "updatedAt">): Phase {
  const { status, targetBlock, live } = state;
  if (!isOwned(status)) return "IDLE";
  if (live === undefined || (targetBlock !== null && targetBlock <= live.headBlock)) return "CATCHING_UP";
  const position = fetchPosition({ ...state, fetchedBlock: live.fetchedBlock });
  return live.headBlock - position <= FOLLOWING_BLOCKS ? "FOLLOWING" : "CATCHING_UP";
}
