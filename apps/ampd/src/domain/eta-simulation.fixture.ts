/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a process is at a moment: seconds since the start, and the share of the blocks that is done. */
type Moment = { readonly second: number; readonly share: number };

/** The speed relative to the base, for one run. */
type Speed = (moment: Moment) => number;

type Dice = {
  readonly random: () => number;
  readonly between: (low: number, high: number) => number;
  /** Evenly over the orders of magnitude. */
  readonly spread: (low: number, high: number) => number;
  readonly normal: () => number;
};

/** The kinds of changing speed that real jobs show. */
export const SPEED_PROCESSES: Readonly<Record<string, (dice: Dice, seconds: number) => Speed>> = {
  constant: () => () => 1,

  noisy: ({ between, normal }) => {
    const sigma = between(0.2, 0.8);
    let drift = 0;
    return () => {
      drift = 0.9 * drift + sigma * 0.3 * normal();
      return Math.exp(drift + sigma * normal());
    };
  },

  "step changes": ({ random, spread }, seconds) => {
    const meanSeconds = seconds / 5;
    let factor = 1;
    return () => {
      if (random() < 1 / meanSeconds) factor = spread(0.4, 2.5);
      return factor;
    };
  },

  "slow drift": ({ spread }, seconds) => {
    const end = spread(0.4, 2.5);
    return ({ second }) => end ** Math.min(2, second / seconds);
  },

  "periodic stalls": ({ between }) => {
    const everySeconds = between(40, 300);
    const stallSeconds = between(3, 25);
    return ({ second }) => (second % everySeconds < stallSeconds ? 0 : 1);
  },

  "denser blocks": ({ between }) => {
    const density = between(2, 8);
    const bend = between(0.5, 3);
    return ({ share }) => 1 / (1 + (density - 1) * share ** bend);
  },

  bursts: ({ between, random }) => {
    const meanSeconds = between(2, 12);
    let isOn = true;
    return () => {
      if (random() < 1 / meanSeconds) isOn = !isOn;
      return isOn ? between(0.7, 1.3) : 0.05;
    };
  },
};

/** One simulated job: blocks fetched in all at each second, until none is left. */
export type SimulatedRun = {
  readonly totalBlocks: number;
  /** By second, from 0. */
  readonly fetched: readonly number[];
  /** From the start until the last file is published. */
  readonly endSeconds: number;
};

/** A job of 2 minutes to 2 hours at its base speed, with a little noise on top of its process. */
export function simulateRun(process: string, seed: number): SimulatedRun {
  const random = seededRandom(seed);
  const between = (low: number, high: number) => low + (high - low) * random();
  const spread = (low: number, high: number) => low * (high / low) ** random();
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const seconds = spread(120, 7_200);
  const base = spread(5, 3_000);
  const totalBlocks = Math.ceil(seconds * base);
  const speed = SPEED_PROCESSES[process]?.({ random, between, spread, normal }, seconds) ?? (() => 1);
  const fetched = [0];
  let done = 0;
  let endSeconds = 0;
  for (let second = 0; done < totalBlocks && second < 40_000; second += 1) {
    const step = base * speed({ second, share: done / totalBlocks }) * Math.exp(0.03 * normal());
    endSeconds = second + Math.min(1, (totalBlocks - done) / Math.max(step, 1e-9));
    done = Math.min(totalBlocks, done + step);
    fetched.push(Math.floor(done));
  }
  return { totalBlocks, fetched, endSeconds: endSeconds + between(0.2, 2) };
}
