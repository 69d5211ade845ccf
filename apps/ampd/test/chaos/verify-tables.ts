import { join } from "node:path";
import { sql } from "../cluster/sql.ts";
import type { SeenBlock } from "../cluster/test-chain.ts";
import { queryParquet } from "../read-parquet.ts";

type Table = {
  readonly id: number;
  readonly label: string;
  readonly folder: string;
  readonly kind: "blocks" | "transactions" | "logs";
  /** Of the manifest. */
  readonly wanted: number;
  readonly start: number | null;
  readonly current: number | null;
  readonly files: number;
  readonly bytes: number;
  readonly rows: number;
};

type File = {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly hash: string;
  readonly prevHash: string;
  readonly bytes: number;
  readonly rows: number;
};

/** What a row is, as text, so that rows of a table can be compared with the chain's. */
const ROWS = {
  blocks: `select block_num, concat_ws(' ', block_num, '0x' || lower(hex(hash)), '0x' || lower(hex(parent_hash))) as row`,
  transactions: `select block_num, concat_ws(' ', block_num, '0x' || lower(hex(block_hash)), tx_index,
    '0x' || lower(hex(tx_hash))) as row`,
  logs: `select block_num, concat_ws(' ', block_num, '0x' || lower(hex(block_hash)), log_index,
    '0x' || lower(hex(tx_hash))) as row`,
} as const;

const ORDER = { blocks: "block_num", transactions: "block_num, tx_index", logs: "block_num, log_index" } as const;

/**
 * Reads the canonical files of every table with DuckDB, and compares each row with the chain, and each sum with the files.
 * @param blocks the whole chain: a table must hold it from its start block to the last one
 * @returns a sentence for each difference
 */
export async function findTableFaults(
  databaseUrl: string,
  filesRoot: string,
  blocks: readonly SeenBlock[],
): Promise<string[]> {
  const tables = await sql<Table>(
    databaseUrl,
    `select t.id, t.namespace || '/' || t.name || ' ' || t.table_name as label, t.table_name as kind,
      concat_ws('/', t.namespace, t.name, t.table_name, t.revision) as folder, m.start_block as wanted,
      t.start_block as start, t.current_block as current, t.files_count as files, t.total_size_bytes as bytes,
      t.row_count as rows
    from dataset_table t join manifest m on m.hash = t.manifest_hash where t.active order by t.id`,
  );
  const faults: string[] = [];
  for (const table of tables) {
    const files = await canonicalFiles(databaseUrl, table.id);
    const found = [...chainFaults(table, files), ...sumFaults(table, files)];
    const paths = files.map(({ name }) => join(filesRoot, table.folder, name));
    found.push(...(await rowFaults(table, paths, blocks).catch((error: unknown) => [`cannot be read: ${error}`])));
    faults.push(...found.map((fault) => `${table.label}: ${fault}`));
  }
  return faults;
}

function canonicalFiles(databaseUrl: string, table: number): Promise<File[]> {
  return sql<File>(
    databaseUrl,
    `select name, start_block as start, end_block as end, hash, prev_hash as "prevHash", size_bytes as bytes,
      row_count as rows from table_file where table_id = $1 and canonical order by start_block`,
    [table],
  );
}

function chainFaults(table: Table, files: readonly File[]): string[] {
  const faults: string[] = [];
  for (const [at, file] of files.entries()) {
    const before = files[at - 1];
    if (before === undefined) {
      if (file.start !== table.wanted) faults.push(`the first file starts at ${file.start}, not at ${table.wanted}`);
    } else if (file.start !== before.end + 1 || file.prevHash !== before.hash) {
      faults.push(`${file.name} does not follow ${before.name}`);
    }
  }
  return faults;
}

function sumFaults(table: Table, files: readonly File[]): string[] {
  const sum = (value: (file: File) => number) => files.reduce((total, file) => total + value(file), 0);
  const expected = {
    start: files[0]?.start ?? null,
    current: files.at(-1)?.end ?? null,
    files: files.length,
    bytes: sum(({ bytes }) => bytes),
    rows: sum(({ rows }) => rows),
  };
  return Object.entries(expected)
    .filter(([name, value]) => table[name as keyof typeof expected] !== value)
    .map(([name, value]) => `${name} is ${table[name as keyof typeof expected]}, its files say ${value}`);
}

async function rowFaults(table: Table, paths: readonly string[], blocks: readonly SeenBlock[]): Promise<string[]> {
  if (paths.length === 0) return ["no canonical file"];
  const list = paths.map((path) => `'${path}'`).join(", ");
  const rows = await queryParquet(`${ROWS[table.kind]} from read_parquet([${list}]) order by ${ORDER[table.kind]}`);
  const expected = blocks.slice(table.wanted).flatMap((block) => expectedRows(table.kind, block));
  const faults: string[] = [];
  if (rows.length !== table.rows) faults.push(`its files hold ${rows.length} rows, the table says ${table.rows}`);
  const length = Math.max(rows.length, expected.length);
  for (let at = 0; at < length && faults.length < 3; at += 1) {
    if (rows[at]?.row !== expected[at]) faults.push(`row ${at} is ${rows[at]?.row}, the chain says ${expected[at]}`);
  }
  return faults;
}

function expectedRows(kind: Table["kind"], { number, hash, parentHash, transactions, logs }: SeenBlock): string[] {
  switch (kind) {
    case "blocks":
      return [`${number} ${hash} ${parentHash}`];
    case "transactions":
      return transactions.map((transaction, index) => `${number} ${hash} ${index} ${transaction}`);
    case "logs":
      return logs.map((log) => `${number} ${hash} ${log}`);
  }
}
