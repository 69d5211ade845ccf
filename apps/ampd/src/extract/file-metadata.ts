import { z } from "zod";
import type { SegmentSpan } from "../domain/segment-file.ts";
import type { TableName } from "../domain/table-name.ts";

const NANOSECONDS = 1_000_000_000n;

/** What a file says of itself beside its rows. */
export type FileMetadata = {
  readonly table: TableName;
  readonly name: string;
  /** Nanoseconds since 1970. */
  readonly createdAtNs: bigint;
  readonly span: SegmentSpan;
};

/** The key under which a Parquet footer holds a file's place in the chain, as JSON. */
export const METADATA_KEY = "nozzle_metadata";

/** Key-value metadata of a file fresh from the chain: generation 0, no parents. */
export function toKeyValues(metadata: FileMetadata): ReadonlyMap<string, string> {
  return new Map([
    ["parent_file_ids", "[]"],
    ["generation", "0"],
    [METADATA_KEY, toJson(metadata)],
  ]);
}

/** Readers expect JSON numbers, so a number that JSON cannot hold exactly is refused rather than rounded. */
export function toJson({ table, name, createdAtNs, span }: FileMetadata): string {
  return JSON.stringify({
    table,
    filename: name,
    created_at: { secs: exact(createdAtNs / NANOSECONDS), nanos: exact(createdAtNs % NANOSECONDS) },
    ranges: [
      {
        numbers: { start: exact(span.start), end: exact(span.end) },
        network: span.network,
        hash: span.hash,
        prev_hash: span.prevHash,
        timestamp: exact(span.timestamp),
      },
    ],
  });
}

/** What the footer check compares: the block range and its hashes, or `undefined` where the JSON is not ours. */
export function parseRange(json: string): { start: bigint; end: bigint; hash: string; prevHash: string } | undefined {
  const parsed = METADATA.safeParse(parseJson(json));
  const range = parsed.data?.ranges[0];
  if (range === undefined) return undefined;
  return {
    start: BigInt(range.numbers.start),
    end: BigInt(range.numbers.end),
    hash: range.hash,
    prevHash: range.prev_hash,
  };
}

const METADATA = z.object({
  ranges: z
    .array(
      z.object({
        numbers: z.object({ start: z.int(), end: z.int() }),
        hash: z.string(),
        prev_hash: z.string(),
      }),
    )
    .length(1),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function exact(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} cannot be told exactly as a JSON number`);
  return number;
}
