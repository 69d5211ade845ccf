export type NodeSource<Key, Row> = {
  /** Undefined for an id that no row can have. */
  readonly parse: (id: string) => Key | undefined;
  /** Those that are there, in one read and in any order. */
  readonly read: (keys: Key[]) => Promise<readonly Row[]>;
  readonly idOf: (row: Row) => string;
};

/** The rows of many ids with one read, in the order of the ids; null for each that is not there. */
export async function loadInOrder<Key, Row>(
  ids: readonly string[],
  { parse, read, idOf }: NodeSource<Key, Row>,
): Promise<(Row | null)[]> {
  const keys = ids.map(parse).filter((key) => key !== undefined);
  const rows = keys.length === 0 ? [] : await read(keys);
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  return ids.map((id) => byId.get(id) ?? null);
}
