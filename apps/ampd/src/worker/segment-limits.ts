/** When an open segment is closed and published; whichever comes first. */
export type SegmentLimits = {
  /** A segment ends before every multiple of it, so that a second run makes the same files. */
  readonly blocks: bigint;
  readonly rows: number;
  /** Bytes of its columns, before compression. */
  readonly bytes: number;
  /** Open so long while catching up: an operator sees progress, and a crash loses no more. */
  readonly openMs: number;
  /** Open so long at the head of the chain. */
  readonly openAtHeadMs: number;
};

export function segmentLimits(segmentIntervalMs: number): SegmentLimits {
  return {
    blocks: 1_000n,
    rows: 1_000_000,
    bytes: 256 * 1024 * 1024,
    openMs: 30_000,
    openAtHeadMs: segmentIntervalMs,
  };
}
