import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { SegmentFile } from "../src/domain/segment-file.ts";
import { TABLE_NAMES, type TableName } from "../src/domain/table-name.ts";
import type { ChainBlock } from "../src/extract/chain-block.ts";
import { openFolderStore } from "../src/extract/folder-store.ts";
import { ParquetEncoder } from "../src/extract/parquet-encoder.ts";
import { Segment } from "../src/extract/segment.ts";
import { writeSegment } from "../src/extract/write-segment.ts";

/** A folder that goes when the test ends. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ampd-extract-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes blocks as one segment of all tables and says where each table's file is. */
export async function writeTables(
  blocks: AsyncIterable<ChainBlock> | Iterable<ChainBlock>,
): Promise<{ files: readonly SegmentFile[]; pathOf: (table: TableName) => string }> {
  const root = await makeFolder();
  const encoder = new ParquetEncoder();
  onTestFinished(() => encoder.close());
  const segment = new Segment({ network: "mainnet", tables: TABLE_NAMES });
  for await (const block of blocks) segment.append(block);
  const files = await writeSegment(
    {
      segment,
      files: new Map(TABLE_NAMES.map((table) => [table, { path: `${table}/file.parquet`, name: "file.parquet" }])),
      createdAtNs: new Map(TABLE_NAMES.map((table) => [table, 1_770_149_591_000_000_007n])),
      store: openFolderStore(root),
      encoder,
    },
    new AbortController().signal,
  );
  return { files, pathOf: (table) => join(root, table, "file.parquet") };
}
