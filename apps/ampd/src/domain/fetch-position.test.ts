import { expect, test } from "vitest";
import { blocksToFetch, fetchPosition } from "./fetch-position.ts";

test("a job stands at the later one of its published and its fetched block", () => {
  expect(fetchPosition({ startBlock: 5n, currentBlock: 20n, fetchedBlock: 30n })).toBe(30n);
  expect(fetchPosition({ startBlock: 5n, currentBlock: 20n, fetchedBlock: 10n })).toBe(20n);
  expect(fetchPosition({ startBlock: 5n, currentBlock: 20n, fetchedBlock: null })).toBe(20n);
});

test("before the first block it stands right below the dataset's start", () => {
  expect(fetchPosition({ startBlock: 5n, currentBlock: null, fetchedBlock: null })).toBe(4n);
  expect(fetchPosition({ startBlock: 0n, currentBlock: 0n, fetchedBlock: null })).toBe(0n);
});

test("what remains goes to the target, or to the head where that is lower, and is never negative", () => {
  const state = { startBlock: 0n, currentBlock: null, fetchedBlock: null };
  expect(blocksToFetch(state, { headBlock: 99n, targetBlock: 9n })).toBe(10n);
  expect(blocksToFetch(state, { headBlock: 9n, targetBlock: 99n })).toBe(10n);
  expect(blocksToFetch({ ...state, fetchedBlock: 50n }, { headBlock: 99n, targetBlock: 9n })).toBe(0n);
});
