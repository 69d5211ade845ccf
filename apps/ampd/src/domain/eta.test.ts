import { describe, expect, test } from "vitest";
import { type Eta, eta } from "./eta.ts";
import type { LiveReport } from "./live-report.ts";
import { atSecond, liveReport, runState } from "./run-state.fixture.ts";

const gap = (reason: string): unknown => ({ interval: null, gap: reason });

/** From block 1,000, with speeds between 8 and 12.5 blocks/s, below a head at 2,000. */
const to = (targetBlock: bigint | null, live: Partial<LiveReport> = {}): Eta =>
  eta(runState({ targetBlock, live: liveReport(live) }));

describe("a job whose target is there", () => {
  test("takes as long as the slow and the fast speed say, and a moment to publish", () => {
    expect(to(2_000n)).toEqual({ interval: { earliestSeconds: 80, latestSeconds: 127 }, gap: null });
  });

  test("has but to publish when everything is fetched", () => {
    const none = { slowBlocksPerSecond: null, fastBlocksPerSecond: null, blocksPerSecond: null };
    expect(to(1_000n, none)).toEqual({ interval: { earliestSeconds: 0, latestSeconds: 2 }, gap: null });
  });

  test("is warming up before its speed is known", () => {
    expect(to(2_000n, { slowBlocksPerSecond: null, fastBlocksPerSecond: null })).toEqual(gap("WARMING_UP"));
    expect(to(2_000n, { slowBlocksPerSecond: 0 })).toEqual(gap("WARMING_UP"));
    expect(eta(runState({ targetBlock: 2_000n, live: undefined, now: atSecond(5) }))).toEqual(gap("WARMING_UP"));
  });

  test("is stalled when no stage advances, and when no block came in the whole window", () => {
    expect(to(2_000n, { advancedAt: atSecond(60) })).toEqual(gap("STALLED"));
    expect(to(2_000n, { blocksPerSecond: 0 })).toEqual(gap("STALLED"));
  });
});

describe("a job whose target is beyond the head", () => {
  test("takes as long as the chain, when it is at the head: the job's own speed is the chain's there", () => {
    const { interval } = to(2_100n, { fetchedBlock: 2_000n, waitsFor: "HEAD", blocksPerSecond: 0 });
    // 100 blocks of 12 s; the doubt is a tenth and twice the root: 30 blocks, and one that may be due.
    expect(interval).toEqual({ earliestSeconds: 69 * 12, latestSeconds: 130 * 12 + 2 });
  });

  test("takes as long as the slower one of chain and job, while it catches up", () => {
    expect(to(2_100n).interval).toEqual({ earliestSeconds: 69 * 12, latestSeconds: 130 * 12 + 2 });
    const slow = to(2_100n, { slowBlocksPerSecond: 0.1, fastBlocksPerSecond: 1 });
    expect(slow.interval).toEqual({ earliestSeconds: 1_100, latestSeconds: 11_002 });
  });

  test("waits for the head while the chain's pace is unknown", () => {
    expect(to(2_100n, { chainSecondsPerBlock: null })).toEqual(gap("WAITING_FOR_HEAD"));
    expect(to(2_100n, { chainSecondsPerBlock: 0 })).toEqual(gap("WAITING_FOR_HEAD"));
  });

  test("is warming up while the speed at which it catches up is unknown", () => {
    expect(to(2_100n, { slowBlocksPerSecond: null })).toEqual(gap("WARMING_UP"));
  });
});

test("an endless job follows for ever", () => {
  expect(to(null)).toEqual(gap("NO_TARGET"));
});

test.each([
  ["SCHEDULED", "NOT_RUNNING"],
  ["STOP_REQUESTED", "NOT_RUNNING"],
  ["STOPPING", "NOT_RUNNING"],
  ["COMPLETED", "ENDED"],
  ["STOPPED", "ENDED"],
  ["FAILED", "ENDED"],
] as const)("a job that is %s has none, since it is %s", (status, reason) => {
  expect(eta(runState({ status, targetBlock: 2_000n }))).toEqual(gap(reason));
});
