import pg from "pg";

/**
 * Reads the database beside the program, one connection a question: the server may go at any time.
 * @returns rows; 64-bit integers come as numbers, which is enough for a test
 */
export async function sql<T extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<T[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 30_000, types });
  // A connection that breaks while nothing is asked says so here; the question fails by itself.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<T>(text, [...values]);
    return rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? (value: string) => Number(value) : pg.types.getTypeParser(oid, format),
};
