import type { LiveReport } from "./live-report.ts";
import type { RunState } from "./run-state.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

/** A time so many seconds after the one of the fixtures' claim. */
export function atSecond(second: number): Date {
  return new Date(START + second * 1_000);
}

/** A report of second 100: fetches 10 blocks a second, 1,000 blocks below the head. */
export function liveReport(changes: Partial<LiveReport> = {}): LiveReport {
  return {
    attempt: 3,
    reportedAt: atSecond(100),
    headBlock: 2_000n,
    headTimestamp: 1_767_225_690n,
    fetchedBlock: 1_000n,
    inFlightBlocks: 100n,
    inFlightRows: 2_000n,
    inFlightBytes: 50_000n,
    blocksPerSecond: 10,
    bytesPerSecond: 20_000,
    slowBlocksPerSecond: 8,
    fastBlocksPerSecond: 12.5,
    chainSecondsPerBlock: 12,
    advancedAt: atSecond(100),
    waitsFor: "NOTHING",
    ...changes,
  };
}

/** A job claimed at second 0, seen at second 100, that follows the chain from block 0 on. */
export function runState(changes: Partial<RunState> = {}): RunState {
  return {
    now: atSecond(100),
    status: "RUNNING",
    updatedAt: atSecond(0),
    startBlock: 0n,
    currentBlock: 900n,
    targetBlock: null,
    live: liveReport(),
    ...changes,
  };
}
