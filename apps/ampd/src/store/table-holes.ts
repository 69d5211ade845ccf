import { type BlockRange, higherBlock, subtractRanges } from "../domain/block-range.ts";
import type { Database } from "./database.ts";
import type { TableRow } from "./table.ts";

/** Files behind the chain that are looked at. */
const MAX_FILES = 10_000;

/**
 * The blocks that the dataset wants, up to the last block of any file, and that no file holds: ascending. What lies
 * behind the last file is not missing, but to come. Of very many files behind the chain only the first are looked at.
 * @param limit the first so many ranges
 */
export async function holesOf(database: Database, table: TableRow, limit: number): Promise<BlockRange[]> {
  const { prisma } = database;
  const chainEnd = table.currentBlock ?? -1n;
  // Within the chain nothing is missing. Few files are off it: an index holds them alone.
  const [manifest, files] = await Promise.all([
    prisma.manifest.findUniqueOrThrow({ where: { hash: table.manifestHash }, select: { startBlock: true } }),
    prisma.$queryRaw<BlockRange[]>`
      select start_block as start, end_block as "end" from table_file
      where table_id = ${table.id} and not canonical and end_block > ${chainEnd} order by start_block limit ${MAX_FILES}`,
  ]);
  const end = files.map((file) => file.end).reduce(higherBlock, chainEnd);
  if (end < manifest.startBlock) return [];
  const { startBlock, currentBlock } = table;
  const chain = startBlock === null || currentBlock === null ? [] : [{ start: startBlock, end: currentBlock }];
  return subtractRanges({ start: manifest.startBlock, end }, [...chain, ...files]).slice(0, limit);
}
