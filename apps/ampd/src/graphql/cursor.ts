import { InvalidArgumentError } from "../domain/errors.ts";
import { parseRowNumber } from "./global-id.ts";

/** How the places of one list are written down. Both survive the deletion and every change of the rows. */
export type Cursors<Key> = {
  format(key: Key): string;
  /** @throws InvalidArgumentError for what is no cursor of this list */
  parse(cursor: string): Key;
};

export type CursorShape<Key> = {
  /** The list and its order: a cursor is good for no other one. */
  readonly list: string;
  /** What the list is sorted by. */
  readonly toValues: (key: Key) => readonly string[];
  /** Undefined for values that no row can have. */
  readonly toKey: (values: readonly string[]) => Key | undefined;
};

/** The first byte of a cursor. */
const VERSION = 2;

/** Opaque cursors: base64url of the version byte and the JSON of the list and the values of its order. */
export function listCursors<Key>({ list, toValues, toKey }: CursorShape<Key>): Cursors<Key> {
  const format = (key: Key) =>
    Buffer.from([VERSION, ...Buffer.from(JSON.stringify([list, ...toValues(key)]))]).toString("base64url");
  return {
    format,
    parse: (cursor) => {
      const [foundList, ...values] = decode(cursor);
      if (foundList === undefined) throw unknown(cursor);
      if (foundList !== list) throw refusal(cursor, `is one of ${foundList}, not of ${list}`);
      const key = toKey(values);
      if (key === undefined || format(key) !== cursor) throw unknown(cursor);
      return key;
    },
  };
}

/** Cursors of a list that is sorted by one name. */
export function nameCursors(list: string): Cursors<string> {
  return listCursors({
    list,
    toValues: (name) => [name],
    toKey: ([name, ...others]) => (others.length > 0 ? undefined : name),
  });
}

/**
 * Cursors of the event log: the sequence itself, in digits, everywhere. `0` stands before the first event.
 */
export const SEQUENCE_CURSORS: Cursors<bigint> = {
  format: String,
  parse: (cursor) => {
    const sequence = parseRowNumber(cursor);
    if (sequence === undefined) throw refusal(cursor, "is not one of the event log, which are sequences such as '42'");
    return sequence;
  },
};

function decode(cursor: string): string[] {
  const bytes = Buffer.from(cursor, "base64url");
  if (bytes[0] !== VERSION) throw unknown(cursor);
  try {
    const values: unknown = JSON.parse(bytes.subarray(1).toString());
    if (Array.isArray(values) && values.every((value) => typeof value === "string")) return values;
  } catch {
    // Refused below.
  }
  throw unknown(cursor);
}

function unknown(cursor: string): InvalidArgumentError {
  return refusal(cursor, "is not one that this server made");
}

function refusal(cursor: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`cursor '${cursor.slice(0, 100)}' ${why}`);
}
