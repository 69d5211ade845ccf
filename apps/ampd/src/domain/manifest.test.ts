import { expect, test } from "vitest";
import { InvalidManifestError } from "./errors.ts";
import { parseManifest } from "./manifest.ts";

const MINIMAL = { kind: "evm-rpc", network: "mainnet" };

test("a manifest needs a kind and a network; the rest has defaults, and no tables means all", () => {
  expect(parseManifest(MINIMAL)).toEqual({
    kind: "evm-rpc",
    network: "mainnet",
    startBlock: 0n,
    finalizedBlocksOnly: false,
    tables: ["blocks", "transactions", "logs"],
  });
  expect(parseManifest({ ...MINIMAL, tables: {} }).tables).toEqual(["blocks", "transactions", "logs"]);
});

test("the tables it lists are those extracted, in one order whatever theirs", () => {
  expect(parseManifest({ ...MINIMAL, tables: { logs: {}, blocks: { any: 1 } } }).tables).toEqual(["blocks", "logs"]);
});

test("a start block is an integer or a decimal string, exact beyond 2^53", () => {
  expect(parseManifest({ ...MINIMAL, start_block: 15_000_000 }).startBlock).toBe(15_000_000n);
  expect(parseManifest({ ...MINIMAL, start_block: "9007199254740993" }).startBlock).toBe(9_007_199_254_740_993n);
});

test.each([
  [null, "manifest must be an object, not null"],
  [[], "manifest must be an object, not []"],
  [{ network: "mainnet" }, 'manifest.kind must be "evm-rpc", and is missing'],
  [{ ...MINIMAL, kind: "firehose" }, 'manifest.kind must be "evm-rpc", not "firehose"'],
  [{ kind: "evm-rpc" }, "manifest.network must be a string that is not empty, and is missing"],
  [{ ...MINIMAL, network: "" }, 'manifest.network must be a string that is not empty, not ""'],
  [{ ...MINIMAL, network: "a".repeat(256) }, "manifest.network must be a string of 255 characters at most, not"],
  [{ ...MINIMAL, start_block: -1 }, "manifest.start_block must be a block number (an integer from 0), not -1"],
  [{ ...MINIMAL, start_block: 1.5 }, "manifest.start_block must be a block number (an integer from 0), not 1.5"],
  [{ ...MINIMAL, start_block: "9223372036854775808" }, "manifest.start_block must be"],
  [{ ...MINIMAL, finalized_blocks_only: "yes" }, 'manifest.finalized_blocks_only must be true or false, not "yes"'],
  [{ ...MINIMAL, tables: [] }, "manifest.tables must be an object, not []"],
  [{ ...MINIMAL, tables: { traces: {} } }, 'manifest.tables has "traces"'],
])("%j is refused with the path of the fault", (content, message) => {
  const parse = () => parseManifest(content);
  expect(parse).toThrow(InvalidManifestError);
  expect(parse).toThrow(message);
});
