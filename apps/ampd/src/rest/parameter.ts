import { show } from "../domain/parse.ts";
import { type BadInputCode, BadInputError } from "./refusal.ts";

/** A JSON Schema (draft 2020-12), as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A part of the path, of the query or of the headers: how it is read, and what a client is told when it cannot be. */
export type Parameter<Value, Text = string> = {
  readonly description: string;
  readonly codes: readonly BadInputCode[];
  /** Of the query or the headers: whether `parse` refuses its absence. */
  readonly isRequired?: boolean;
  /** What the documentation says of it; `parse` decides. */
  readonly schema: JsonSchema;
  readonly example: string | number;
  /** @throws BadInputError with one of `codes` */
  parse(text: Text): Value;
};

/** One that may be left out. */
export type OptionalParameter<Value> = Parameter<Value, string | undefined>;

/** Each of a map of values, by its parameter. */
export type Parameters<Values, Text = string> = { readonly [Name in keyof Values]: Parameter<Values[Name], Text> };

/** An integer between two, both allowed, in digits alone. @throws BadInputError */
export function parseInteger(text: string, what: string, [least, most]: readonly [bigint, bigint], code: BadInputCode) {
  const number = /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
  if (number !== undefined && number >= least && number <= most) return number;
  throw new BadInputError(code, `${what} ${show(text)} is not an integer from ${least} to ${most}`);
}
