import { expect, test } from "vitest";
import { bottleneckTable, lagSeconds } from "./table-lag.ts";

const tables = (blocks: Record<string, bigint | null>) =>
  Object.entries(blocks).map(([table, currentBlock]) => ({ table, currentBlock }));

test("the bottleneck is the table that is behind the others", () => {
  expect(bottleneckTable(tables({ blocks: 20n, transactions: 10n, logs: 15n }))).toBe("transactions");
  expect(bottleneckTable(tables({ blocks: 20n, transactions: 10n, logs: 10n }))).toBe("transactions");
});

test("there is none while all are equally far", () => {
  expect(bottleneckTable(tables({ blocks: 20n, logs: 20n }))).toBeNull();
  expect(bottleneckTable(tables({ blocks: null, logs: null }))).toBeNull();
  expect(bottleneckTable(tables({ blocks: 20n }))).toBeNull();
  expect(bottleneckTable([])).toBeNull();
});

test("a table without a chain is behind one at block 0", () => {
  expect(bottleneckTable(tables({ blocks: 0n, logs: null }))).toBe("logs");
  expect(bottleneckTable(tables({ blocks: null, logs: 0n }))).toBe("blocks");
  expect(bottleneckTable(tables({ blocks: null, transactions: null, logs: 0n }))).toBe("blocks");
});

test("the lag is the time between the published block and the head, at least 0", () => {
  expect(lagSeconds({ head: 1_000n, published: 940n })).toBe(60);
  expect(lagSeconds({ head: 1_000n, published: 1_012n })).toBe(0);
  expect(lagSeconds({ head: null, published: 940n })).toBeNull();
  expect(lagSeconds({ head: 0n, published: null })).toBeNull();
});
