import { NotFoundError } from "../errors.ts";

type Thing = "job" | "dataset" | "table" | "worker" | "provider";

/** What GraphQL answers with null, in the words of REST. */
export function requireFound<Value>(value: Value | null, thing: Thing, name: string | bigint): Value {
  if (value !== null) return value;
  throw new NotFoundError(`${thing.toUpperCase()}_NOT_FOUND`, `${thing} '${name}' not found`);
}
