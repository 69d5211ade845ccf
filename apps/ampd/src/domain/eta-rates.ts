import type { PaceHistory } from "./pace-history.ts";

/** Between these two lies the average speed from now to the target; both above 0. */
export type EtaRates = { readonly slowBlocksPerSecond: number; readonly fastBlocksPerSecond: number };

const WARM_UP_MS = 20_000;
/** Shorter spans say more about the rhythm of segments than about the pace. */
const MIN_SPAN_MS = 20_000;
const RECENT_MS = 30_000;
/** How many spans back it looks, and how many times they overlap. */
const SPANS_BACK = 6;
const OVERLAP = 4;
/** Spans beyond this share at either end are taken as exceptions. */
const TAIL = 0.2;
/** A pace that was the same all the time may still change by so much. */
const DOUBT = 1.08;
/** While nearly nothing is done yet, the past says little: stalls are seen early, better times may come late. */
const YOUNG_SLOW_DOUBT = 1.25;
const YOUNG_FAST_DOUBT = 2;
const TREND_PARTS = 10;
/** Chains grow denser faster than in a straight line. */
const SLOWDOWN_GAIN = 4;
const MAX_SLOWDOWN = 6;
const MAX_SPEED_UP = 2;

/** What stands between the estimator and the attempt's past; paces are milliseconds per block. */
type Past = {
  readonly history: PaceHistory;
  readonly nowMs: number;
  readonly ageMs: number;
  readonly done: number;
  readonly remaining: number;
  /** In blocks: as many as lie ahead, as far as the past has them. */
  readonly span: number;
};

/**
 * The slowest and the fastest average speed that are to be expected for the blocks that remain; {@link eta} makes an
 * interval of them. Looks as far back as lies ahead: over spans of as many blocks, in steps of a quarter, up to six
 * spans back.
 *
 * ```
 *   fetched  ────────├──span──┤
 *                      ├──span──┤
 *                        ├──span──┤ now        remaining ├──────────┤
 * ```
 *
 * The interval spans the middle 60 % of those paces and the present ones (a pause that goes on included), is widened by
 * 8 %, and by more the less is done (25 % slower, 100 % faster at the start: a slow beginning seldom lasts). A trend over
 * twice the blocks that remain counts as far as it exceeds its standard error: slowing down, fourfold, since chains
 * grow denser ever faster; at most to a sixth, or to twice, the speed.
 *
 * In simulations (`eta-rates.test.ts`, 24 jobs of 2 minutes to 2 hours of each kind, none of them used for tuning,
 * 2026-11-24), how often the interval held the true remaining time, and the median of its width over that:
 *
 * ```
 *   constant          100.0 %   0.51        periodic stalls    96.5 %   0.69
 *   noisy              94.8 %   0.85        denser blocks      77.8 %   0.80
 *   step changes       87.9 %   0.88        bursts             92.5 %   0.94
 *   slow drift         98.9 %   0.72        all                92.8 %   0.73
 * ```
 *
 * Denser blocks: of a chain that is sparse for half its length and then up to eight times denser, the first half tells
 * nothing.
 *
 * @param at.remainingBlocks blocks that are there to be fetched: up to the target, or the head where that is lower
 * @returns null while it is too early to say
 */
export function etaRates(
  history: PaceHistory,
  at: { readonly nowMs: number; readonly remainingBlocks: bigint },
): EtaRates | null {
  const past = pastOf(history, at.nowMs, Number(at.remainingBlocks));
  if (past === undefined) return null;
  const seen = [...spanPaces(past), ...presentPaces(past)];
  const youth = 1 - Math.min(1, past.done / (2 * Math.max(past.remaining, 1)));
  const trend = trendPaces(past);
  const slowMs = Math.max(Math.max(...seen) * grow(YOUNG_SLOW_DOUBT, youth), trend.slowMs * DOUBT);
  const fastMs = Math.min(Math.min(...seen) / grow(YOUNG_FAST_DOUBT, youth), trend.fastMs / DOUBT);
  return { slowBlocksPerSecond: 1_000 / slowMs, fastBlocksPerSecond: 1_000 / fastMs };
}

function pastOf(history: PaceHistory, nowMs: number, remaining: number): Past | undefined {
  const ageMs = history.ageMs(nowMs);
  const done = history.blocksAt(nowMs);
  if (ageMs < WARM_UP_MS || done <= 0) return undefined;
  const minSpan = history.perSecond("blocks", nowMs - Math.min(ageMs, 60_000), nowMs) * (MIN_SPAN_MS / 1_000);
  const span = Math.min(Math.max(remaining, minSpan, 1), done / 3);
  return { history, nowMs, ageMs, done, remaining, span };
}

/** The ends of the middle part of the paces over past spans. */
function spanPaces(past: Past): [number, number] {
  const { done, span } = past;
  const count = OVERLAP * (Math.min(SPANS_BACK, Math.floor(done / span + 0.01)) - 1) + 1;
  const paces = Array.from({ length: count }, (_, at) => {
    const end = done - (at * span) / OVERLAP;
    return paceBetween(past, Math.max(0, end - span), end);
  }).sort((a, b) => a - b);
  const low = paces[Math.floor(TAIL * (count - 1))] ?? 0;
  const high = paces[Math.ceil((1 - TAIL) * (count - 1))] ?? 0;
  return [low, high];
}

/** Up to this moment, so that a pause counts which has not ended. */
function presentPaces({ history, nowMs, ageMs, done, span }: Past): number[] {
  const overSpans = [span / 2, span, span * 2].map((blocks) => {
    const counted = Math.min(blocks, done);
    return (nowMs - history.timeOf(done - counted, nowMs)) / counted;
  });
  const recentMs = Math.min(ageMs, RECENT_MS);
  const recent = done - history.blocksAt(nowMs - recentMs);
  // A window without a block says "slow", not "never": as if a tenth of the usual had come.
  return [...overSpans, recentMs / Math.max(recent, (0.1 * done * recentMs) / ageMs)];
}

/** Where a straight line through the paces leads to, on average over what remains. */
function trendPaces(past: Past): { readonly slowMs: number; readonly fastMs: number } {
  const { done, remaining, span } = past;
  const size = Math.min(done, 2 * Math.max(remaining, span)) / TREND_PARTS;
  const parts = Array.from({ length: TREND_PARTS }, (_, at) => {
    const start = done - (TREND_PARTS - at) * size;
    return { at: start + size / 2 - done, pace: paceBetween(past, Math.max(0, start), start + size) };
  });
  const { mean, middle, slope } = certainLine(parts);
  const slowing = mean + Math.max(0, slope) * (SLOWDOWN_GAIN * (remaining / 2) - middle);
  const hastening = mean + Math.min(0, slope) * (remaining / 2 - middle);
  return { slowMs: Math.min(slowing, mean * MAX_SLOWDOWN), fastMs: Math.max(hastening, mean / MAX_SPEED_UP) };
}

/** Least squares, with a slope that is nearer to 0 by its standard error. */
function certainLine(points: readonly { readonly at: number; readonly pace: number }[]) {
  const middle = average(points.map(({ at }) => at));
  const mean = average(points.map(({ pace }) => pace));
  const spread = sum(points.map(({ at }) => (at - middle) ** 2));
  const slope = sum(points.map(({ at, pace }) => (at - middle) * (pace - mean))) / spread;
  const rest = sum(points.map(({ at, pace }) => (pace - mean - slope * (at - middle)) ** 2));
  const error = Math.sqrt(rest / (points.length - 2) / spread);
  return { mean, middle, slope: Math.sign(slope) * Math.max(0, Math.abs(slope) - error) };
}

function paceBetween({ history, nowMs }: Past, startBlocks: number, endBlocks: number): number {
  return (history.timeOf(endBlocks, nowMs) - history.timeOf(startBlocks, nowMs)) / (endBlocks - startBlocks);
}

function grow(youngDoubt: number, youth: number): number {
  return DOUBT + (youngDoubt - DOUBT) * youth;
}

function average(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
