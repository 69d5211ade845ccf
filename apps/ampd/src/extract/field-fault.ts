/** Why one value cannot stand in its column; whoever knows block and field makes a `BadChainDataError` of it. */
export class FieldFault extends Error {
  override readonly name = "FieldFault";
}

/** A foreign value in a message: one line, short. */
export function quoteValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
