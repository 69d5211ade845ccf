import { expect, test } from "vitest";
import { jobProgress } from "./job-progress.ts";

const table = (name: string, startBlock: bigint | null, currentBlock: bigint | null) => ({
  table: name,
  startBlock,
  currentBlock,
  currentTimestamp: currentBlock === null ? null : 1_000n + currentBlock,
  filesCount: 2n,
  totalSizeBytes: 100n,
  rowCount: 7n,
});

test("a job is as far as its slowest table, and its sums are those of all", () => {
  const tables = [table("blocks", 0n, 20n), table("logs", 5n, 10n)];
  const live = { headBlock: 30n, fetchedBlock: 22n };
  expect(jobProgress({ tables, live, targetBlock: null })).toEqual({
    startBlock: 5n,
    currentBlock: 10n,
    currentTimestamp: 1_010n,
    filesCount: 4n,
    totalSizeBytes: 200n,
    rowCount: 14n,
    targetBlock: null,
    headBlock: 30n,
    fetchedBlock: 22n,
    lagBlocks: 20n,
    tables,
  });
});

test("a table without a chain leaves the job without bounds", () => {
  const tables = [table("blocks", 0n, 20n), table("logs", null, null)];
  const progress = jobProgress({ tables, live: undefined, targetBlock: null });
  expect(progress).toMatchObject({
    startBlock: null,
    currentBlock: null,
    currentTimestamp: null,
    headBlock: null,
    lagBlocks: null,
  });
});

test("the lag is to the target where that is nearer than the head, and block 0 is a block", () => {
  const at = (current: bigint, head: bigint, target: bigint | null) =>
    jobProgress({
      tables: [table("blocks", 0n, current)],
      live: { headBlock: head, fetchedBlock: null },
      targetBlock: target,
    }).lagBlocks;
  expect(at(0n, 100n, 40n)).toBe(40n);
  expect(at(0n, 100n, 400n)).toBe(100n);
  expect(at(0n, 0n, null)).toBe(0n);
});

test("a node that lags behind what is published is no negative lag", () => {
  const tables = [table("blocks", 0n, 50n)];
  expect(jobProgress({ tables, live: { headBlock: 40n, fetchedBlock: null }, targetBlock: null }).lagBlocks).toBe(0n);
});
