import { StorageFailingError } from "../domain/errors.ts";
import type { SegmentFile, SegmentSpan } from "../domain/segment-file.ts";
import type { TableName } from "../domain/table-name.ts";
import { discardObjects } from "./discard-objects.ts";
import type { ParquetFooter } from "./encoder-message.ts";
import { METADATA_KEY, parseRange } from "./file-metadata.ts";
import type { ObjectStore } from "./object-store.ts";
import type { ParquetEncoder } from "./parquet-encoder.ts";
import type { Segment } from "./segment.ts";

export type WriteSegmentInput = {
  /** Its columns move to the encoder: the segment is spent afterwards, whatever comes out. */
  readonly segment: Segment;
  /** Where each table's file goes. */
  readonly files: ReadonlyMap<TableName, { readonly path: string; readonly name: string }>;
  readonly createdAtNs: ReadonlyMap<TableName, bigint>;
  readonly store: ObjectStore;
  readonly encoder: ParquetEncoder;
};

/**
 * Writes one file per table of the segment and reads each footer back from the store. The files are durable when it
 * resolves. When it throws, what was written is deleted again, also by a put that was deaf to the abort and comes back long
 * after it; what a store shows later than that is left to the sweep of pending files.
 * @throws {StorageFailingError} when the store refuses, or gives back another file than the one it took
 */
export async function writeSegment(input: WriteSegmentInput, signal: AbortSignal): Promise<SegmentFile[]> {
  const files: SegmentFile[] = [];
  const begun: string[] = [];
  try {
    for (const table of input.segment.tables) files.push(await writeTable(input, table, { begun, signal }));
    return files;
  } catch (error) {
    await discardObjects(input.store, begun);
    throw error;
  }
}

type Writing = {
  /** Paths that the store was asked to write. */
  readonly begun: string[];
  readonly signal: AbortSignal;
};

async function writeTable(
  input: WriteSegmentInput,
  table: TableName,
  { begun, signal }: Writing,
): Promise<SegmentFile> {
  const { segment, store, encoder } = input;
  const file = input.files.get(table);
  const createdAtNs = input.createdAtNs.get(table);
  if (file === undefined || createdAtNs === undefined) throw new RangeError(`no file was named for table ${table}`);
  const span = segment.span();
  const { columns, rows } = segment.take(table);
  const bytes = await encoder.encode({ table, name: file.name, createdAtNs, span, columns, rows }, signal);
  begun.push(file.path);
  await store.put(file.path, bytes, signal);
  signal.throwIfAborted();
  const stored = await store.get(file.path, signal);
  if (stored.length !== bytes.length) throw mismatch(file.path, `${stored.length} bytes instead of ${bytes.length}`);
  checkFooter({ footer: await encoder.readFooter(stored, signal), span, rows, path: file.path });
  const sizeBytes = BigInt(bytes.length);
  return { ...span, table, name: file.name, sizeBytes, rowCount: BigInt(rows), createdAtNs };
}

function checkFooter(read: { footer: ParquetFooter; span: SegmentSpan; rows: number; path: string }): void {
  const { footer, span, rows, path } = read;
  if (footer.rows !== rows) throw mismatch(path, `${footer.rows} rows instead of ${rows}`);
  if (footer.rowGroups === 0 && rows > 0) throw mismatch(path, "no row group");
  const range = parseRange(footer.keyValues.get(METADATA_KEY) ?? "");
  if (range === undefined) throw mismatch(path, `no ${METADATA_KEY}`);
  if (range.start !== span.start || range.end !== span.end) {
    throw mismatch(path, `blocks ${range.start} to ${range.end} instead of ${span.start} to ${span.end}`);
  }
  if (range.hash !== span.hash || range.prevHash !== span.prevHash) throw mismatch(path, "other block hashes");
}

function mismatch(path: string, found: string): StorageFailingError {
  return new StorageFailingError(`file '${path}' was read back with ${found}`, { path });
}
