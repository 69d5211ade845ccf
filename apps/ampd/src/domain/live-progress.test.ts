import { expect, test } from "vitest";
import { liveProgress, type ProgressSource } from "./live-progress.ts";
import { atSecond, liveReport } from "./run-state.fixture.ts";

const figures = { startBlock: 0n, filesCount: 9n, totalSizeBytes: 9_000n, rowCount: 901n };
const table = (name: string, currentBlock: bigint, currentTimestamp: bigint) => ({
  table: name,
  ...figures,
  currentBlock,
  currentTimestamp,
});

/** Attempt 3, claimed at second 0 and seen at second 100. */
function source(changes: Partial<ProgressSource> = {}, job: Partial<ProgressSource["job"]> = {}): ProgressSource {
  return {
    now: atSecond(100),
    job: { status: "RUNNING", updatedAt: atSecond(0), targetBlock: 2_000n, attempt: 3, ...job },
    startBlock: 0n,
    tables: [table("blocks", 950n, 1_767_225_650n), table("logs", 900n, 1_767_225_600n)],
    live: liveReport(),
    ...changes,
  };
}

test("a running job shows what is published beside how it gets on", () => {
  expect(liveProgress(source())).toMatchObject({
    currentBlock: 900n,
    headBlock: 2_000n,
    fetchedBlock: 1_000n,
    lagBlocks: 1_100n,
    lagSeconds: 90,
    phase: "CATCHING_UP",
    blocksPerSecond: 10,
    bytesPerSecond: 20_000,
    eta: { interval: { earliestSeconds: 80, latestSeconds: 127 }, gap: null },
    stalledSince: null,
    bottleneckTable: "logs",
    inFlight: { blocks: 100n, rows: 2_000n, bytes: 50_000n, upToBlock: 1_000n },
  });
});

test("what is in flight shows before anything is published, and has no last block while it is nothing", () => {
  const at = (inFlightBlocks: bigint) => liveProgress(source({ tables: [], live: liveReport({ inFlightBlocks }) }));
  expect(at(5n)).toMatchObject({ currentBlock: null, lagSeconds: null, inFlight: { blocks: 5n, upToBlock: 1_000n } });
  expect(at(0n).inFlight).toMatchObject({ blocks: 0n, upToBlock: null });
});

test("of an earlier attempt's report only the head counts", () => {
  expect(liveProgress(source({}, { attempt: 4 }))).toMatchObject({
    headBlock: 2_000n,
    lagSeconds: 90,
    fetchedBlock: null,
    blocksPerSecond: null,
    eta: { gap: "STALLED" },
    stalledSince: atSecond(0),
    inFlight: null,
  });
});

test.each([
  ["SCHEDULED", "NOT_RUNNING"],
  ["COMPLETED", "ENDED"],
] as const)("a job that no worker has gets on with nothing: %s", (status, gap) => {
  expect(liveProgress(source({ now: atSecond(9_999) }, { status }))).toMatchObject({
    phase: "IDLE",
    headBlock: 2_000n,
    blocksPerSecond: null,
    bytesPerSecond: null,
    eta: { interval: null, gap },
    stalledSince: null,
    inFlight: null,
  });
});

test("an ended job's progress stays as it was", () => {
  const at = (second: number) => liveProgress(source({ now: atSecond(second) }, { status: "STOPPED" }));
  expect(at(1_000_000)).toEqual(at(100));
});
