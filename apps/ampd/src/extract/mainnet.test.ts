import { expect, test } from "vitest";
import { expectedBlock, expectedLogs, expectedTransactions, formatWithViem } from "../../test/expected-rows.ts";
import { openReplay } from "../../test/open-replay.ts";
import { queryParquet } from "../../test/read-parquet.ts";
import { makeEmptyBlocks, readMainnetBlock } from "../../test/recorded-chain.ts";
import { writeTables } from "../../test/write-tables.ts";

const never = new AbortController().signal;

async function writeMainnet() {
  const { chain } = await openReplay({ blocks: [readMainnetBlock()] });
  return writeTables(chain.blocks({ start: 15_000_000n, end: 15_000_000n }, never));
}

test("every value of mainnet's block 15,000,000 is what viem reads", async () => {
  const { files, pathOf } = await writeMainnet();
  const formatted = formatWithViem(readMainnetBlock());
  expect(files.map(({ table, rowCount }) => [table, rowCount])).toEqual([
    ["blocks", 1n],
    ["transactions", 348n],
    ["logs", 719n],
  ]);
  expect(await queryParquet(`FROM '${pathOf("blocks")}'`)).toEqual([expectedBlock(formatted)]);
  expect(await queryParquet(`FROM '${pathOf("transactions")}'`)).toEqual(expectedTransactions(formatted));
  expect(await queryParquet(`FROM '${pathOf("logs")}'`)).toEqual(expectedLogs(formatted));
});

test("gas used by the transactions adds up to the block's", async () => {
  const { pathOf } = await writeMainnet();
  const sum = await queryParquet(`SELECT sum(gas_used)::UBIGINT AS gas FROM '${pathOf("transactions")}'`);
  expect(sum).toEqual([{ gas: 29_998_802n }]);
});

test("the footer names table, file, time and range, so that the registry can be rebuilt from files", async () => {
  const { pathOf } = await writeMainnet();
  const pairs = await queryParquet(
    `SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata('${pathOf("blocks")}')`,
  );
  const values = new Map(pairs.map(({ key, value }) => [key, String(value)]));
  expect([...values.keys()].sort()).toEqual(["ARROW:schema", "generation", "nozzle_metadata", "parent_file_ids"]);
  expect(values.get("generation")).toBe("0");
  expect(values.get("parent_file_ids")).toBe("[]");
  expect(values.get("nozzle_metadata")).toBe(
    '{"table":"blocks","filename":"file.parquet","created_at":{"secs":1770149591,"nanos":7},' +
      '"ranges":[{"numbers":{"start":15000000,"end":15000000},"network":"mainnet",' +
      '"hash":"0x9a71a95be3fe957457b11817587e5af4c7e24836d5b383c430ff25b9286a457f",' +
      '"prev_hash":"0x93a8a23a2f5296db7251ab4c5e9b10bdc5a6c9c4ed56fb230dc729d3dc03a138","timestamp":1655778500}]}',
  );
});

test("every column is compressed with ZSTD, and hashes that repeat are encoded with a dictionary", async () => {
  const { pathOf } = await writeMainnet();
  const metadata = `parquet_metadata('${pathOf("transactions")}')`;
  expect(await queryParquet(`SELECT DISTINCT compression FROM ${metadata}`)).toEqual([{ compression: "ZSTD" }]);
  const [repeated] = await queryParquet(`SELECT encodings FROM ${metadata} WHERE path_in_schema = 'block_hash'`);
  expect(repeated).toMatchObject({ encodings: expect.stringContaining("RLE_DICTIONARY") });
  const nulls = await queryParquet(`SELECT stats_null_count AS n FROM ${metadata} WHERE path_in_schema = 'gas_price'`);
  expect(nulls).toEqual([{ n: 257n }]);
});

test("a range without logs and transactions gives files without rows that cover it", async () => {
  const { chain } = await openReplay({ blocks: makeEmptyBlocks(100, 3) });
  const { files, pathOf } = await writeTables(chain.blocks({ start: 100n, end: 102n }, never));
  expect(files.map(({ table, rowCount, start, end }) => [table, rowCount, start, end])).toEqual([
    ["blocks", 3n, 100n, 102n],
    ["transactions", 0n, 100n, 102n],
    ["logs", 0n, 100n, 102n],
  ]);
  expect(await queryParquet(`FROM '${pathOf("logs")}'`)).toEqual([]);
  expect(await queryParquet(`FROM '${pathOf("blocks")}' SELECT block_num`)).toHaveLength(3);
});
