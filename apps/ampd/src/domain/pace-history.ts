/** What one attempt had fetched at a time. */
type PacePoint = {
  /** Of a clock that never goes back. */
  readonly atMs: number;
  readonly blocks: number;
  readonly bytes: number;
};

type PaceFigure = "blocks" | "bytes";

/** Points are kept so many times closer together than they are old. */
const DETAIL = 64;
const MIN_SPACING_MS = 1_000;
/** A month at full detail takes some 750. */
const MAX_POINTS = 1_024;
/** A walk over all points costs 0.1 ms (2026-11-24): it is made once in so many. */
const THIN_EVERY = 32;

/**
 * How much an attempt had fetched at any time since its start: in full detail lately, coarser the longer ago, in bounded
 * memory.
 *
 * ```
 *   age      1 h        10 min      1 min   now
 *   points   │    │    │   │  │  │ │ │ │││││││
 * ```
 */
export class PaceHistory {
  #points: PacePoint[] = [];
  #thinAt = THIN_EVERY;

  /** @param point not older than the one before, with figures that are not lower; of the same time, it takes its place */
  add(point: PacePoint): void {
    if (this.#points.at(-1)?.atMs === point.atMs) this.#points.pop();
    this.#points.push(point);
    if (this.#points.length >= this.#thinAt) this.#thin(point.atMs);
  }

  /** How long it goes back; 0 while it is empty. */
  ageMs(nowMs: number): number {
    const first = this.#points[0];
    return first === undefined ? 0 : Math.max(0, nowMs - first.atMs);
  }

  /** A second's average between two times; before the first point there was nothing, and after the last one nothing came. */
  perSecond(figure: PaceFigure, startMs: number, endMs: number): number {
    if (endMs <= startMs) return 0;
    return ((this.#at(figure, endMs) - this.#at(figure, startMs)) * 1_000) / (endMs - startMs);
  }

  /** Blocks fetched until then. */
  blocksAt(atMs: number): number {
    return this.#at("blocks", atMs);
  }

  /** When so many blocks were fetched first: now, while they are not. */
  timeOf(blocks: number, nowMs: number): number {
    const at = this.#firstIndex((point) => point.blocks >= blocks);
    const before = this.#points[at - 1];
    const after = this.#points[at];
    if (after === undefined) return nowMs;
    if (before === undefined) return after.atMs;
    return before.atMs + ((blocks - before.blocks) / (after.blocks - before.blocks)) * (after.atMs - before.atMs);
  }

  #at(figure: PaceFigure, atMs: number): number {
    const at = this.#firstIndex((point) => point.atMs > atMs);
    const before = this.#points[at - 1];
    const after = this.#points[at];
    if (before === undefined) return after?.[figure] ?? 0;
    if (after === undefined) return before[figure];
    return before[figure] + ((atMs - before.atMs) / (after.atMs - before.atMs)) * (after[figure] - before[figure]);
  }

  /** By bisection; the number of points when none matches. */
  #firstIndex(matches: (point: PacePoint) => boolean): number {
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const point = this.#points[middle];
      if (point === undefined || matches(point)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** From new to old: a point goes when its neighbours are near enough to each other for its age. */
  #thin(nowMs: number): void {
    const points = this.#points;
    const kept = points.slice(-1);
    for (let at = points.length - 2; at >= 0; at -= 1) {
      const point = points[at];
      const older = points[at - 1];
      const newer = kept.at(-1);
      if (point === undefined || newer === undefined) continue;
      const spacingMs = Math.max(MIN_SPACING_MS, (nowMs - point.atMs) / DETAIL);
      if (older === undefined || newer.atMs - older.atMs > spacingMs) kept.push(point);
    }
    this.#points = kept.slice(0, MAX_POINTS).reverse();
    this.#thinAt = this.#points.length + THIN_EVERY;
  }
}
