import type { z } from "zod";
import { show } from "../domain/parse.ts";
import { decodeJson, JsonError } from "./json.ts";
import type { Parameter } from "./parameter.ts";
import { parseQueryString } from "./query-string.ts";
import { type BadInputCode, BadInputError } from "./refusal.ts";
import type { RestRequest } from "./request.ts";

type OptionalParameters = Readonly<Record<string, Parameter<unknown, string | undefined>>>;
type Values = Record<string, unknown>;

/** @param raw percent-encoded; each parameter of the path has a part of it */
export function readParams(
  parameters: Readonly<Record<string, Parameter<unknown>>>,
  raw: Readonly<Record<string, string | undefined>>,
): Values {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [name, parameter.parse(decode(raw[name] ?? "", parameter))]),
  );
}

/** @throws BadInputError also for a parameter that is not known: what it asks for would not be done */
export function readQuery(
  { code, parameters }: { readonly code: BadInputCode; readonly parameters: OptionalParameters },
  text: string,
): Values {
  const given = parseQueryString(text, code);
  const known = Object.keys(parameters);
  for (const name of given.keys()) {
    if (!known.includes(name)) throw new BadInputError(code, `the parameter ${show(name)} is not known: ${use(known)}`);
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [name, parameter.parse(given.get(name))]),
  );
}

export function readHeaders(parameters: OptionalParameters, headers: RestRequest["headers"]): Values {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [name, parameter.parse(headers[name]?.toString())]),
  );
}

export function readBody(
  {
    schema,
    code,
    isOptional,
  }: { readonly schema: z.ZodType; readonly code: BadInputCode; readonly isOptional: boolean },
  bytes: Uint8Array,
): unknown {
  const value = isOptional && bytes.byteLength === 0 ? {} : decodeBody(bytes, code);
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BadInputError(code, issue === undefined ? "the body is not understood" : toMessage(issue));
}

/** Text that is not percent-encoded UTF-8 stays as it is, for the parameter to refuse in its own words. */
function decode(text: string, { codes: [code] }: Parameter<unknown>): string {
  try {
    return decodeURIComponent(text);
  } catch {
    if (code === undefined) return text;
    throw new BadInputError(code, `'${text.slice(0, 100)}' is not percent-encoded UTF-8`);
  }
}

function decodeBody(bytes: Uint8Array, code: BadInputCode): unknown {
  try {
    return decodeJson(bytes);
  } catch (error) {
    if (error instanceof JsonError) throw new BadInputError(code, error.message);
    throw error;
  }
}

/** Where it is, what is allowed there, and what was found. */
function toMessage({ path, message, input, ...issue }: z.core.$ZodIssue): string {
  const where = ["body", ...path].join(".");
  if (issue.code === "unrecognized_keys") return `${where}: the field ${show(issue.keys[0])} is not known`;
  if (input === undefined) return `${where} is missing`;
  return `${where}: ${wordsOf(issue) ?? message}, not ${show(input)}`;
}

/** What is allowed, in words that name no type of ours; undefined where the message says it. */
function wordsOf(issue: Pick<z.core.$ZodIssue, "code">): string | undefined {
  if ("expected" in issue && issue.code === "invalid_type")
    return `must be ${TYPES[String(issue.expected)] ?? issue.expected}`;
  if ("minimum" in issue) return `must be at least ${issue.minimum}`;
  return "maximum" in issue ? `must be at most ${issue.maximum}` : undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  boolean: "true or false",
  int: "an integer",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "a string",
};

function use(known: readonly string[]): string {
  if (known.length === 0) return "this route has none";
  return known.length === 1 ? `use ${known[0]}` : `use ${known.slice(0, -1).join(", ")} or ${known.at(-1)}`;
}
