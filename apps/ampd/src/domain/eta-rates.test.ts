import { beforeAll, describe, expect, test } from "vitest";
import { eta } from "./eta.ts";
import { type SimulatedRun, SPEED_PROCESSES, simulateRun } from "./eta-simulation.fixture.ts";
import { blocksToFetch } from "./fetch-position.ts";
import { ProgressWindow } from "./progress-window.ts";
import { liveReport } from "./run-state.fixture.ts";

/** Other ones than those that the estimator was tuned with (1000 to 1015). */
const SEEDS = Array.from({ length: 24 }, (_, at) => 90_001 + at);
const SAMPLES_PER_RUN = 120;

type Score = { readonly hits: number; readonly asked: number; readonly widths: readonly number[] };

/** Asks for the ETA all along a run, as a controller does, and compares it with what then came. */
function score({ totalBlocks, fetched, endSeconds }: SimulatedRun): Score {
  const window = new ProgressWindow();
  const stride = Math.max(1, Math.floor(fetched.length / SAMPLES_PER_RUN));
  let hits = 0;
  let asked = 0;
  const widths: number[] = [];
  let advancedAt = 0;
  for (const [second, blocks] of fetched.entries()) {
    if (blocks > (fetched[second - 1] ?? 0)) advancedAt = second;
    window.add({ atMs: second * 1_000, blocks, bytes: blocks * 100 });
    if (second % stride !== 0 || blocks >= totalBlocks) continue;
    asked += 1;
    const { interval } = eta(stateAt(window, { second, blocks, totalBlocks, advancedAt }));
    if (interval === null) continue;
    const truth = endSeconds - second;
    if (interval.earliestSeconds <= truth && truth <= interval.latestSeconds) hits += 1;
    widths.push((interval.latestSeconds - interval.earliestSeconds) / truth);
  }
  return { hits, asked, widths };
}

function stateAt(
  window: ProgressWindow,
  at: { second: number; blocks: number; totalBlocks: number; advancedAt: number },
) {
  const now = new Date(at.second * 1_000);
  const goal = { headBlock: BigInt(at.totalBlocks) * 2n, targetBlock: BigInt(at.totalBlocks) - 1n };
  const position = {
    startBlock: 0n,
    currentBlock: null,
    fetchedBlock: at.blocks === 0 ? null : BigInt(at.blocks) - 1n,
  };
  const { slowBlocksPerSecond, fastBlocksPerSecond } = window.etaRates(
    at.second * 1_000,
    blocksToFetch(position, goal),
  ) ?? { slowBlocksPerSecond: null, fastBlocksPerSecond: null };
  return {
    ...position,
    now,
    status: "RUNNING",
    updatedAt: new Date(0),
    targetBlock: goal.targetBlock,
    live: {
      ...liveReport(),
      ...window.rates(at.second * 1_000),
      reportedAt: now,
      headBlock: goal.headBlock,
      headTimestamp: 0n,
      fetchedBlock: position.fetchedBlock,
      slowBlocksPerSecond,
      fastBlocksPerSecond,
      chainSecondsPerBlock: 12,
      advancedAt: new Date(at.advancedAt * 1_000),
      waitsFor: "NOTHING",
    },
  } as const;
}

function summary(scores: readonly Score[]) {
  const widths = scores.flatMap((one) => one.widths).toSorted((a, b) => a - b);
  const hits = scores.reduce((sum, one) => sum + one.hits, 0);
  const asked = scores.reduce((sum, one) => sum + one.asked, 0);
  const coverage = hits / widths.length;
  const width = widths[Math.floor(widths.length / 2)] ?? Number.NaN;
  const told = `holds the truth in ${(100 * coverage).toFixed(1)} %, median width/remaining ${width.toFixed(2)}`;
  return { coverage, width, answered: widths.length / asked, told };
}

describe("the interval of the ETA, over jobs of 2 minutes to 2 hours", () => {
  const processes = Object.keys(SPEED_PROCESSES);
  const scores = new Map<string, readonly Score[]>();

  beforeAll(() => {
    for (const process of processes) {
      const runs = SEEDS.map((seed) => simulateRun(process, seed));
      scores.set(process, runs.map(score));
    }
  });

  const scoresOf = (process: string) => scores.get(process) ?? [];

  test("holds the true remaining time in at least 80 % of all samples and is narrower than it in the median", () => {
    const all = summary(processes.flatMap(scoresOf));
    const lines = processes.map((process) => `${process}: ${summary(scoresOf(process)).told}`);
    const told = ["", `all: ${all.told}`, ...lines].join("\n");
    expect(all.coverage, told).toBeGreaterThanOrEqual(0.8);
    expect(all.width, told).toBeLessThan(1);
  });

  test.each(processes)("is honest at a speed of this kind: %s", (process) => {
    const { coverage, width, answered, told } = summary(scoresOf(process));
    expect(coverage, told).toBeGreaterThanOrEqual(0.75);
    expect(width, told).toBeLessThan(1.25);
    expect(answered, "share of samples with an interval").toBeGreaterThan(0.85);
  });
});

describe("the rates behind it", () => {
  const window = (blocksAt: (second: number) => number, seconds: number) => {
    const samples = new ProgressWindow();
    for (let second = 0; second <= seconds; second += 1) {
      samples.add({ atMs: second * 1_000, blocks: blocksAt(second), bytes: 0 });
    }
    return samples;
  };

  test("are unknown for 20 s, and as long as nothing came", () => {
    const steady = window((second) => second * 10, 60);
    expect(window((second) => second * 10, 19).etaRates(19_000, 100n)).toBeNull();
    expect(steady.etaRates(60_000, 100n)).not.toBeNull();
    expect(window(() => 0, 60).etaRates(60_000, 100n)).toBeNull();
  });

  test("enclose a steady speed, closely once as much is done twice as remains", () => {
    const rates = window((second) => second * 10, 200).etaRates(200_000, 1_000n);
    expect(rates?.slowBlocksPerSecond).toBeCloseTo(10 / 1.08, 5);
    expect(rates?.fastBlocksPerSecond).toBeCloseTo(10 * 1.08, 5);
  });

  test("are further apart the less is done", () => {
    const apart = (remaining: bigint) => {
      const rates = window((second) => second * 10, 200).etaRates(200_000, remaining);
      return (rates?.fastBlocksPerSecond ?? 0) / (rates?.slowBlocksPerSecond ?? 1);
    };
    expect(apart(20_000n)).toBeGreaterThan(apart(2_000n));
    expect(apart(2_000n)).toBeGreaterThan(apart(500n));
  });

  test("fall while a pause goes on, and never to 0", () => {
    const samples = window((second) => Math.min(second, 100) * 10, 130);
    const before = window((second) => second * 10, 100).etaRates(100_000, 1_000n);
    const during = samples.etaRates(130_000, 1_000n);
    expect(during?.slowBlocksPerSecond).toBeLessThan((before?.slowBlocksPerSecond ?? 0) / 2);
    expect(during?.slowBlocksPerSecond).toBeGreaterThan(0);
  });

  test("expect a slowdown to go on", () => {
    const slowing = window((second) => 1_000 * Math.log(1 + second / 100), 200);
    const rates = slowing.etaRates(200_000, 1_000n);
    // From 1,099 to 2,099 blocks this takes as long as from e^1.099 to e^2.099 hundreds of seconds.
    const truth = 1_000 / (100 * (Math.exp(1_000 / 1_000) - 1) * 3);
    expect(rates?.slowBlocksPerSecond).toBeLessThan(truth);
    expect(rates?.fastBlocksPerSecond).toBeGreaterThan(truth);
  });
});
