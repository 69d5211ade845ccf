import { expect, test } from "vitest";
import { createPaint } from "../output/paint.ts";
import { widthOf } from "../output/width.ts";
import { renderFrame } from "./frame.ts";
import type { WatchedJob } from "./watched-jobs.ts";

const NOW = new Date("2026-01-31T12:00:00Z");
const paint = createPaint(false);

const TABLE = { startBlock: "0", currentBlock: "49", filesCount: "3", rowCount: "1000", totalSizeBytes: "2048" };
const JOB: WatchedJob = {
  id: "1",
  number: "1",
  status: "RUNNING",
  descriptor: { datasetNamespace: "_", datasetName: "mainnet" },
  lastError: null,
  diagnosis: { verdict: "HEALTHY", severity: "OK", summary: "It gets on." },
  progress: {
    jobNumber: "1",
    jobStatus: "RUNNING",
    phase: "CATCHING_UP",
    startBlock: "0",
    currentBlock: "49",
    targetBlock: "99",
    headBlock: "120",
    fetchedBlock: "52",
    lagBlocks: "50",
    lagSeconds: 600,
    blocksPerSecond: 12,
    bytesPerSecond: 4_096,
    filesCount: "6",
    rowCount: "2000",
    totalSizeBytes: "4096",
    stalledSince: null,
    bottleneckTable: null,
    eta: { earliest: "2026-01-31T12:00:03Z", latest: "2026-01-31T12:00:05Z", earliestSeconds: 3, latestSeconds: 5 },
    etaUnavailable: null,
    inFlight: null,
    tables: [
      { ...TABLE, table: "blocks" },
      { ...TABLE, table: "logs" },
    ],
  },
};

function draw(jobs: readonly WatchedJob[], width = 100, height = 24): string[] {
  return renderFrame(jobs, { size: { width, height }, paint, now: NOW });
}

test("one job is shown in full: the way that is done, the rate, the time that is left, each table", () => {
  const lines = draw([JOB]);
  expect(lines[0]).toBe("Job 1  _/mainnet  RUNNING");
  expect(lines[1]).toBe(`  ${"█".repeat(20)}${"░".repeat(20)}  50%`);
  const text = lines.join("\n");
  for (const part of ["49 / 99", "12/s", "3s to 5s", "50 blocks", "4.0 KiB"]) expect(text).toContain(part);
  expect(lines.filter((line) => /^ {2}(blocks|logs) .* 0 {2}49 .* 2\.0 KiB$/.test(line))).toHaveLength(2);
});

test("of a failed job it says why", () => {
  const failed: WatchedJob = {
    ...JOB,
    status: "FAILED",
    lastError: { code: "CHAIN_MISMATCH", message: "not that chain" },
  };
  expect(draw([failed]).join("\n")).toContain("CHAIN_MISMATCH: not that chain");
});

test("several jobs are a table, with as many as fit and the number of the others", () => {
  const jobs = Array.from({ length: 50 }, (_, at) => ({ ...JOB, number: String(at + 1) }));
  const lines = draw(jobs, 120, 10);
  expect(lines).toHaveLength(9);
  expect(lines[0]).toMatch(/^ID {2}DATASET .*PROGRESS .*ETA/);
  expect(lines[1]).toMatch(/^ 1 {2}_\/mainnet {2}RUNNING .*█{10}░{10} .*50%/);
  expect(lines.at(-1)).toBe("… and 43 more");
});

test.each([
  [40, 24],
  [60, 8],
  [200, 3],
])("nothing is wider or higher than a terminal of %i × %i", (width, height) => {
  const named = { ...JOB, descriptor: { datasetNamespace: "eth", datasetName: "a".repeat(80) } };
  for (const jobs of [[named], [named, JOB]]) {
    const lines = draw(jobs, width, height);
    expect(lines.length).toBeLessThan(height);
    for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(width);
  }
});
