import { type Bindings, matches } from "./pattern.ts";

/** JSON in which a number is what was written. */
export type Json = null | boolean | string | JsonNumber | readonly Json[] | { readonly [name: string]: Json };

class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toJSON(): object {
    return JSON.rawJSON(this.source);
  }
}

/** Marks strings of a template that stand for something that is no string. */
const MARK = "\uE000";
const OUTSIDE_STRINGS = /"(?:[^"\\]|\\.)*"|<[^<>]+>|…/g;
const MORE_FIELDS = `${MARK}…`;
const ROWS = /^<(\d+) rows>$/;

/** @throws SyntaxError */
export function parseJson(text: string): Json {
  // A reviver gives what it is given, but for numbers.
  return JSON.parse(text, (_, value, { source }) =>
    typeof value === "number" ? new JsonNumber(source ?? "") : value,
  ) as Json;
}

/**
 * Reads expected JSON: outside of strings `<job 1>` stands for a number, `<3 rows>` for a list of three, and `…` for the
 * other fields of an object.
 * @throws SyntaxError
 */
export function parseTemplate(text: string): Json {
  return parseJson(
    text.replaceAll(OUTSIDE_STRINGS, (found) => {
      if (found === "…") return `"${MORE_FIELDS}":null`;
      return found.startsWith("<") ? JSON.stringify(MARK + found) : found;
    }),
  );
}

/** Where a value stands, and what placeholders stand for. */
type Place = { readonly path: string; readonly bindings: Bindings };

/** Every difference, one a line: `body.jobs[0].id: expected 1, got 2`. */
export function compare(expected: Json, actual: Json, place: Place): string[] {
  if (isList(expected) && isList(actual)) return compareLists(expected, actual, place);
  if (isObject(expected) && isObject(actual)) return compareObjects(expected, actual, place);
  if (isAsExpected(expected, actual, place.bindings)) return [];
  return [`${place.path}: expected ${show(expected)}, got ${show(actual)}`];
}

function isAsExpected(expected: Json, actual: Json, bindings: Bindings): boolean {
  if (expected instanceof JsonNumber) return actual instanceof JsonNumber && expected.source === actual.source;
  if (typeof expected !== "string") return expected === actual;
  if (expected.startsWith(MARK)) return standsFor(expected.slice(MARK.length), actual, bindings);
  return typeof actual === "string" && matches(expected, actual, bindings);
}

function compareLists(expected: readonly Json[], actual: readonly Json[], { path, bindings }: Place): string[] {
  if (expected.length !== actual.length) return [`${path}: expected ${expected.length} rows, got ${actual.length}`];
  return expected.flatMap((one, index) => compare(one, actual[index] ?? null, { path: `${path}[${index}]`, bindings }));
}

type JsonObject = { readonly [name: string]: Json };

function compareObjects(expected: JsonObject, actual: JsonObject, { path, bindings }: Place): string[] {
  const { [MORE_FIELDS]: more, ...said } = expected;
  const unsaid = more === undefined ? Object.keys(actual) : [];
  return [...new Set([...Object.keys(said), ...unsaid])].flatMap((name) => {
    const inner = `${path}.${name}`;
    const [wanted, got] = [said[name], actual[name]];
    if (wanted === undefined) return [`${inner}: not expected, got ${show(got)}`];
    if (got === undefined) return [`${inner}: expected ${show(wanted)}, is missing`];
    return compare(wanted, got, { path: inner, bindings });
  });
}

function standsFor(placeholder: string, actual: Json, bindings: Bindings): boolean {
  const rows = ROWS.exec(placeholder)?.[1];
  if (rows !== undefined) return isList(actual) && actual.length === Number(rows);
  return actual instanceof JsonNumber && matches(placeholder, actual.source, bindings);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value) && !(value instanceof JsonNumber);
}

function show(value: Json | undefined): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === "string" && inner.startsWith(MARK) ? inner.slice(MARK.length) : inner,
  );
}
