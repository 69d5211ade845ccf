import { randomBytes } from "node:crypto";
import { OwnershipLostError } from "../domain/errors.ts";
import type { TableName } from "../domain/table-name.ts";
import { discardObjects } from "../extract/discard-objects.ts";
import { segmentFileName } from "../extract/file-name.ts";
import type { Segment } from "../extract/segment.ts";
import { writeSegment } from "../extract/write-segment.ts";
import { openSegment, publishSegment } from "../store/segment.ts";
import { type TableRow, tablePath } from "../store/table.ts";
import type { JobTask } from "./job-task.ts";

/**
 * Makes a segment durable, then visible: names recorded, files written and read back, all tables registered in one fenced
 * transaction. Whatever dies on the way leaves recorded names, which the sweep finds.
 *
 * ```
 *   marker seen ─► names ─► files ─► marker seen ─► transaction
 *                           └──── fails: files deleted ────┴ refused: files deleted
 *                                                          └ unknown: it may have committed, so the rows decide
 * ```
 *
 * @throws OwnershipLostError when another attempt owns the job by now
 * @throws StorageFailingError when the store fails, or is no longer the one that the tables lie in
 */
export async function publish(task: JobTask, segment: Segment): Promise<void> {
  const { database, owner, store, encoder, hard, log, manifest } = task;
  await task.checkStore();
  const span = segment.span();
  const targets = new Map(
    task.tables
      .filter((table) => segment.tables.includes(nameOf(table)))
      .map((table) => [nameOf(table), { table, name: segmentFileName(span.start, randomBytes(8)) }]),
  );
  const names = [...targets.values()].map(({ table, name }) => ({ tableId: table.id, name }));
  task.advance(`encoding blocks ${span.start} to ${span.end}`, "NOTHING");
  const createdAt = await openSegment(database, owner, names);
  const places = mapValues(targets, ({ table, name }) => ({ name, path: `${tablePath(table)}/${name}` }));
  const written = await writeSegment(
    {
      segment,
      store,
      encoder,
      files: places,
      createdAtNs: mapValues(targets, ({ table }) => createdAt.get(table.id) ?? 0n),
    },
    hard,
  );
  const files = written.flatMap((file) => {
    const target = targets.get(file.table);
    return target === undefined ? [] : [{ table: target.table, startBlock: manifest.startBlock, file }];
  });
  let hasBegun = false;
  try {
    await task.checkStore();
    task.confirm();
    task.advance(`publishing blocks ${span.start} to ${span.end}`, "NOTHING");
    hasBegun = true;
    await publishSegment(database, owner, files);
  } catch (error) {
    const isRefused = !hasBegun || error instanceof OwnershipLostError;
    if (isRefused)
      await discardObjects(
        store,
        [...places.values()].map(({ path }) => path),
      );
    throw error;
  }
  task.advance("looking for more to do", "ENDPOINT");
  log.info(
    { job: String(owner.job), start: String(span.start), end: String(span.end), rows: sumRows(written) },
    "segment published",
  );
}

/** A row's table name was written from a manifest, which has no others. */
export function nameOf(table: TableRow): TableName {
  return table.tableName as TableName;
}

function sumRows(files: readonly { readonly rowCount: bigint }[]): number {
  return files.reduce((sum, { rowCount }) => sum + Number(rowCount), 0);
}

function mapValues<K, V, W>(map: ReadonlyMap<K, V>, change: (value: V) => W): Map<K, W> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
