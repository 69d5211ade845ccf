import type { BlockRange } from "../domain/block-range.ts";
import { ChainMismatchError } from "../domain/errors.ts";
import type { TableName } from "../domain/table-name.ts";
import type { BlockRef } from "../extract/chain-block.ts";
import { findTable, type TableRow } from "../store/table.ts";
import { type FileRow, lastCanonicalFile } from "../store/table-file.ts";
import type { JobTask } from "./job-task.ts";
import { nameOf } from "./publish.ts";

/** Per table that has left the endpoint's branch, the blocks to extract again. */
export type Reorgs = ReadonlyMap<TableName, BlockRange>;

/**
 * Compares what is published with the endpoint's branch, and says which blocks are to be extracted again.
 *
 * ```
 *   published   ├─0─┤├─1–5─┤├─6–9─┤├─10–12─┤
 *   endpoint    ├─0─┤├─1–5─┤├─6–9─┤├─10'…        the files from 10 on are orphans: 10–12 again
 * ```
 *
 * Files end where the hash is known, so the walk goes back file by file to the last one whose last block the endpoint has.
 * A head below what is published, without another hash, is a node that lags: nothing is to be done.
 *
 * A block that was not final when it was seen last may have been replaced since, and be final by now: only what was seen
 * to be final may never change.
 *
 * @returns nothing where the branches agree
 * @throws ChainMismatchError where they share nothing, or part below what was final
 */
export async function findReorgs(task: JobTask): Promise<Reorgs> {
  const { chain, reading } = task;
  const served = new Map<bigint, Promise<BlockRef | undefined>>();
  // The tables usually end at one block: it is asked for once.
  const blockAt: BlockAt = (number) => {
    const block = served.get(number) ?? chain.block(number, reading);
    served.set(number, block);
    return block;
  };
  const forks = (await Promise.all(task.tables.map((table) => findFork(task, table, blockAt)))).filter(
    (fork) => fork !== undefined,
  );
  if (forks.length === 0) return new Map();
  for (const fork of forks) await requireAbove(task, fork);
  return new Map(forks.map(({ table, first, tip }) => [nameOf(table), { start: first.start, end: tip.end }]));
}

type BlockAt = (number: bigint) => Promise<BlockRef | undefined>;

/** The files of a table that the endpoint's branch does not have. */
type Fork = { readonly table: TableRow; readonly first: FileRow; readonly tip: FileRow };

async function findFork(task: JobTask, table: TableRow, blockAt: BlockAt): Promise<Fork | undefined> {
  const { database, chain } = task;
  const tip = await lastCanonicalFile(database, table.id);
  let first: FileRow | undefined;
  for (let file = tip; file !== undefined; file = await lastCanonicalFile(database, table.id, file.start - 1n)) {
    const served = await blockAt(file.end);
    if (served?.hash === file.hash) return first === undefined || tip === undefined ? undefined : { table, first, tip };
    if (served !== undefined) first = file;
  }
  if (first === undefined) return undefined;
  throw new ChainMismatchError(
    `endpoint ${chain.endpoint} serves another chain than the one that is published: block ${first.end} of table ${table.tableName} has another hash, and so has every file before it`,
    { endpoint: chain.endpoint, block: String(first.end), table: table.tableName },
  );
}

async function requireAbove({ database, chain, reading }: JobTask, { table, first }: Fork): Promise<void> {
  const seen = (await findTable(database, table.id))?.finalBlock;
  // A table that was never looked at goes by what the endpoint says.
  const final = seen ?? (await chain.finalized(reading))?.number;
  if (final === undefined || first.end > final) return;
  const { endpoint } = chain;
  throw new ChainMismatchError(
    `block ${first.end} is published with another hash than endpoint ${endpoint} serves, and block ${final} was final already`,
    { endpoint, block: String(first.end), finalized: String(final), table: table.tableName },
  );
}
