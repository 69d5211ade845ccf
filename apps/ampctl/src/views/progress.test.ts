import { describe, expect, test } from "vitest";
import type { ProgressFiguresFragment } from "../generated/api.ts";
import { renderDetails } from "../output/details.ts";
import { createPaint } from "../output/paint.ts";
import { blocksText, doneText, etaText } from "./progress.ts";
import { progressFields, tableProgressRows } from "./progress-fields.ts";

const NOW = new Date("2026-01-31T12:00:00Z");

/** A job on its way from block 100 to 299, of which 150 are published. */
const RUNNING: ProgressFiguresFragment = {
  jobNumber: "7",
  jobStatus: "RUNNING",
  phase: "CATCHING_UP",
  startBlock: "100",
  currentBlock: "149",
  targetBlock: "299",
  headBlock: "1000",
  fetchedBlock: "180",
  lagBlocks: "150",
  lagSeconds: 1800.4,
  blocksPerSecond: 12.34,
  bytesPerSecond: 2_500_000,
  filesCount: "3",
  rowCount: "12345",
  totalSizeBytes: "9007199254740993",
  stalledSince: null,
  bottleneckTable: "logs",
  eta: { earliest: "", latest: "", earliestSeconds: 12, latestSeconds: 75 },
  etaUnavailable: null,
  inFlight: { blocks: "31", rows: "4000", bytes: "123456", upToBlock: "180" },
  tables: [
    {
      table: "blocks",
      startBlock: "100",
      currentBlock: "199",
      filesCount: "2",
      rowCount: "100",
      totalSizeBytes: "2048",
    },
    { table: "logs", startBlock: null, currentBlock: null, filesCount: "0", rowCount: "0", totalSizeBytes: "0" },
  ],
};

function shown(progress: ProgressFiguresFragment): string[] {
  return renderDetails(progressFields(progress, NOW), { width: undefined, paint: createPaint(false) });
}

test("a running job is told in full", () => {
  expect(shown(RUNNING)).toEqual([
    "Blocks     149 / 299 (25%)",
    "Phase      catching up",
    "Lag        150 blocks, 30m",
    "Rate       12/s blocks, 2.4 MiB/s from the endpoint",
    "ETA        12s to 1m15s",
    "In hand    31 blocks, 4,000 rows not published yet",
    "Slowest    logs",
    "Published  12,345 rows, 3 files, 8.0 PiB",
  ]);
});

test("of a stalled one is told since when, and not when it will be there", () => {
  const stalled = { ...RUNNING, stalledSince: "2026-01-31T11:58:00Z", eta: null, etaUnavailable: "STALLED" as const };
  expect(shown(stalled)).toEqual(
    expect.arrayContaining(["ETA        stalled", "Stalled    since 2026-01-31 11:58:00Z (2m ago)"]),
  );
});

test("tables have a row each", () => {
  expect(tableProgressRows(RUNNING)).toEqual([
    ["blocks", "100", "199", "100", "2", "2.0 KiB"],
    ["logs", "–", "–", "0", "0", "0 B"],
  ]);
});

describe("blocks", () => {
  const none = { startBlock: null, currentBlock: null, targetBlock: null, headBlock: null, lagBlocks: null };

  test.each([
    [none, "–", "–"],
    [{ ...none, targetBlock: "9" }, "– / 9", "0%"],
    [{ ...none, startBlock: "0", currentBlock: "9", targetBlock: "9" }, "9 / 9", "100%"],
    [{ ...none, startBlock: "0", currentBlock: "998", targetBlock: "999" }, "998 / 999", "99%"],
    [{ ...none, startBlock: "0", currentBlock: "5", headBlock: "7", lagBlocks: "2" }, "5 / head 7", "2 behind"],
    [{ ...none, startBlock: "0", currentBlock: "7", headBlock: "7", lagBlocks: "0" }, "7 / head 7", "at head"],
  ])("%j are %s, done %s", (blocks, text, done) => {
    expect([blocksText(blocks), doneText(blocks)]).toEqual([text, done]);
  });
});

test("the time that is left is told, or why nobody can tell", () => {
  expect(etaText({ eta: { latestSeconds: 3600 }, etaUnavailable: null })).toBe("1h");
  expect(etaText({ eta: null, etaUnavailable: "WAITING_FOR_HEAD" })).toBe("waits for chain");
  expect(etaText({ eta: null, etaUnavailable: "NO_TARGET" })).toBe("–");
});
