import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createPublicClient, http } from "viem";
import { TABLE_NAMES, type TableName } from "../../src/domain/table-name.ts";
import { expectedBlock, expectedLogs, expectedTransactions } from "../expected-rows.ts";
import { type PlainRow, queryParquet } from "../read-parquet.ts";

/** Files of a data folder by table, left-overs of broken writes too. */
export async function listDataFiles(dataDir: string): Promise<Record<TableName, string[]>> {
  const root = join(dataDir, "files");
  const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const pathsOf = (table: TableName) =>
    files.filter((file) => file.parentPath.includes(`/${table}/`)).map((file) => join(file.parentPath, file.name));
  return { blocks: pathsOf("blocks"), transactions: pathsOf("transactions"), logs: pathsOf("logs") };
}

/** All rows of all files of each table, in the order of the chain, read by DuckDB. */
export async function readTables(dataDir: string): Promise<Record<TableName, PlainRow[]>> {
  const files = await listDataFiles(dataDir);
  const orders = { blocks: "block_num", transactions: "block_num, tx_index", logs: "block_num, log_index" };
  const rows = { blocks: [] as PlainRow[], transactions: [] as PlainRow[], logs: [] as PlainRow[] };
  for (const table of TABLE_NAMES) {
    const list = files[table].map((file) => `'${file}'`).join(", ");
    rows[table] = await queryParquet(`from read_parquet([${list}]) order by ${orders[table]}`);
  }
  return rows;
}

/** The rows that blocks 0 to `end` must have, as viem reads them from the node. */
export async function expectedTables(rpcUrl: string, end: number): Promise<Record<TableName, PlainRow[]>> {
  const client = createPublicClient({ transport: http(rpcUrl, { batch: true }) });
  const read = async (number: number) => {
    const block = await client.getBlock({ blockNumber: BigInt(number), includeTransactions: true });
    const receipts = await Promise.all(block.transactions.map(({ hash }) => client.getTransactionReceipt({ hash })));
    return { block, receipts };
  };
  const blocks = [];
  for (let number = 0; number <= end; number += 1) blocks.push(await read(number));
  return {
    blocks: blocks.map(expectedBlock),
    transactions: blocks.flatMap(expectedTransactions),
    logs: blocks.flatMap(expectedLogs),
  };
}
