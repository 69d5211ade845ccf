import { InvalidArgumentError } from "../domain/errors.ts";

export type GlobalId = { readonly typename: string; readonly id: string };

/** Everything that `node` can find. */
const NODE_TYPES = ["Dataset", "Job", "JobEvent", "Provider", "Table", "Worker"];
const MAX_INT64 = 2n ** 63n - 1n;

/** Opaque, and the same for a row as long as it lives: base64 of `Type:key`. */
export function encodeGlobalId(typename: string, id: string | number | bigint): string {
  return Buffer.from(`${typename}:${id}`).toString("base64");
}

/** @throws InvalidArgumentError for what this server never made */
export function decodeGlobalId(globalId: string): GlobalId {
  const decoded = Buffer.from(globalId, "base64").toString();
  const [, typename, id] = /^([A-Za-z]\w*):([^\0]+)$/.exec(decoded) ?? [];
  if (typename === undefined || id === undefined || !NODE_TYPES.includes(typename)) {
    throw new InvalidArgumentError(`id '${globalId.slice(0, 100)}' is not one that this server made`);
  }
  return { typename, id };
}

/** A row's number from its global id or cursor; `undefined` for what no row can have. */
export function parseRowNumber(text: string): bigint | undefined {
  const number = /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
  return number === undefined || number > MAX_INT64 ? undefined : number;
}
