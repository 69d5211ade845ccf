import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from "graphql";

const texts = new WeakMap<ExecutionResult, string>();

/** A result as JSON, written once for all subscribers who are handed the same one. */
export function textOf(result: ExecutionResult): string {
  const known = texts.get(result);
  if (known !== undefined) return known;
  const { data, errors, extensions } = result;
  const text = JSON.stringify({ errors: errors?.map(toPublicError), data, extensions });
  texts.set(result, text);
  return text;
}

/** Without what Yoga notes for its own HTTP. */
export function toPublicError(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...formatted } = error.toJSON();
  const { http: _, ...others } = extensions ?? {};
  return Object.keys(others).length === 0 ? formatted : { ...formatted, extensions: others };
}
