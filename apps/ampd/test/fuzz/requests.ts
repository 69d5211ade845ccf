import fc from "fast-check";
import type { OpenApi } from "../../src/rest/openapi/openapi.ts";
import { valuesOf } from "./schema-values.ts";

export type FuzzRequest = {
  readonly method: string;
  /** Path and query, of characters that HTTP has. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

type Schema = Readonly<Record<string, unknown>>;
type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
};
type Content = { readonly schema: Schema; readonly example?: unknown };
type Operation = {
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly "application/json": Content } };
};

const OTHER_METHODS = ["HEAD", "OPTIONS", "PATCH", "TRACE", "POST", "PUT", "DELETE"];
const JSON_TYPE = "application/json";

/** Requests of a document's operations: as it says, and spoiled in every part. */
export function requestsOf(document: OpenApi): fc.Arbitrary<FuzzRequest> {
  const resolve = (reference: string) => document.components.schemas[reference.split("/").at(-1) ?? ""] ?? {};
  const requests = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestsTo(path, method, operation as unknown as Operation)),
  );
  return fc.oneof({ arbitrary: fc.oneof(...requests), weight: 30 }, { arbitrary: strays(), weight: 1 });

  function requestsTo(path: string, method: string, operation: Operation): fc.Arbitrary<FuzzRequest> {
    const { parameters, requestBody } = operation;
    const parts = (place: Parameter["in"]) =>
      fc.record(
        Object.fromEntries(parameters.filter((one) => one.in === place).map((one) => [one.name, textsOf(one)])),
        place === "path" ? {} : { requiredKeys: [] },
      );
    return fc
      .record({
        method: usually(fc.constant(method.toUpperCase()), fc.constantFrom(...OTHER_METHODS)),
        path: parts("path"),
        query: parts("query"),
        extra: usually(fc.constant(""), spoiledQueries()),
        headers: parts("header"),
        more: usually(fc.constant({}), oddHeaders()),
        body:
          requestBody === undefined
            ? usually(fc.constant(undefined), bodies())
            : bodiesOf(requestBody.content[JSON_TYPE]),
      })
      .map(({ extra, more, ...request }) => {
        const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => request.path[name] ?? "");
        const query = Object.entries(request.query).map(([name, text]) => `${name}=${text}`);
        const search = [...query, ...(extra === "" ? [] : [extra])].join("&");
        const headers = {
          ...(request.body === undefined ? {} : { "content-type": JSON_TYPE }),
          ...request.headers,
          ...more,
        };
        return {
          method: request.method,
          target: toTarget(search === "" ? filled : `${filled}?${search}`),
          headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, toHeader(value)])),
          body: request.body,
        };
      });
  }

  /** A parameter as it stands in a request: mostly one that is known to mean something. */
  function textsOf({ name, schema, example, in: place }: Parameter): fc.Arbitrary<string> {
    const encode = place === "header" ? (text: string) => text : encodeURIComponent;
    const valid = valuesOf(schema, resolve).map((value) => encode(String(value)));
    const known = example === undefined ? valid : fc.constant(encode(String(example)));
    // Waiting finds nothing.
    if (name === "wait")
      return usually(
        fc.constant("0"),
        garbage().map((text) => `x${encode(text)}`),
      );
    // The first rows are there, whatever the example is.
    const isRow = place === "path" && schema.type === "integer";
    return fc.oneof(
      { arbitrary: isRow ? fc.integer({ min: 1, max: 12 }).map(String) : known, weight: 16 },
      { arbitrary: valid, weight: 4 },
      { arbitrary: garbage().map(encode), weight: 1 },
      { arbitrary: place === "header" ? garbage() : rawText(), weight: 1 },
    );
  }

  function bodiesOf({ schema, example }: Content): fc.Arbitrary<string | undefined> {
    const sample = fc.constant(example);
    const valid = valuesOf(schema, resolve);
    return fc.oneof(
      { arbitrary: sample.map(toJson), weight: 6 },
      { arbitrary: valid.map(toJson), weight: 3 },
      { arbitrary: fc.oneof(sample, valid).chain(spoil).map(toJson), weight: 6 },
      { arbitrary: bodies(), weight: 2 },
      { arbitrary: fc.constant(undefined), weight: 1 },
    );
  }
}

function usually<Value>(common: fc.Arbitrary<Value>, rare: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.oneof({ arbitrary: common, weight: 9 }, { arbitrary: rare, weight: 1 });
}

/** One field of a value, at any depth, is something else, or gone, or there is one more. */
function spoil(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== "object" || value === null) return garbageValues();
  const entries = Object.entries(value);
  const change = fc.tuple(
    fc.nat({ max: Math.max(entries.length - 1, 0) }),
    fc.nat({ max: 3 }),
    garbageValues(),
    fc.string(),
  );
  return change.chain(([index, kind, other, name]) => {
    const [key, inner] = entries[index] ?? ["", null];
    if (kind === 0) return fc.constant({ ...value, [name]: other });
    if (kind === 1) return fc.constant(Object.fromEntries(entries.filter(([one]) => one !== key)));
    if (kind === 2 && typeof inner === "object") return spoil(inner).map((spoiled) => ({ ...value, [key]: spoiled }));
    return fc.constant({ ...value, [key]: other });
  });
}

function garbageValues(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(1e308, -1, 0.5, 2 ** 53, "", "\u0000", "\ud800", "9".repeat(400), {}, [], [[]], "__proto__"),
  );
}

function garbage(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom(
      "0",
      "-1",
      "1.5",
      "NaN",
      "9223372036854775808",
      "1e3",
      "null",
      "'; drop table job; --",
      "../..",
      "\u0000",
      "a".repeat(5_000),
    ),
    fc.bigInt().map(String),
  );
}

/** Percent signs and all. */
function rawText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom("%", "%zz", "%00", "%ff%fe", "%c3%28", "+", "%2f", "%25", "a%2Fb"),
    fc.string({ maxLength: 10 }),
  );
}

function spoiledQueries(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(
      "status=failed&status=all",
      "limit=1&limit=2",
      "limit",
      "=",
      "&&&",
      "%",
      "status=%ff",
      "a[b]=c",
      "limit=%31",
      "__proto__=1",
    ),
    fc.string({ maxLength: 20 }),
  );
}

function bodies(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.json(),
    fc.string(),
    fc.constantFrom(
      "",
      "{",
      "null",
      "[]",
      '{"a":1,}',
      '{"name":"a","name":"b"}',
      "\ufeff{}",
      `${"[".repeat(50_000)}`,
      '{"end_block":1e999}',
      '{"parallelism":9223372036854775808}',
      '{"end_block":123456789012345678901234567890}',
    ),
  );
}

function oddHeaders(): fc.Arbitrary<Record<string, string>> {
  return fc.constantFrom<Record<string, string>[]>(
    { accept: "text/event-stream" },
    { accept: "text/event-stream", "last-event-id": "end" },
    { accept: "text/event-stream", "last-event-id": "1" },
    { accept: "application/xml" },
    { "content-type": "text/plain" },
    { "content-type": "application/json; charset=latin1" },
    { "content-encoding": "gzip" },
    { origin: "https://elsewhere.example" },
    { host: "elsewhere.example" },
    { "x-request-id": "x".repeat(300) },
    { "idempotency-key": "" },
    { "if-match": "*" },
    { "if-match": 'W/"1"' },
    { prefer: "return=minimal, respond-async" },
    { expect: "100-continue" },
    { range: "bytes=0-1" },
  );
}

/** Paths that the document does not have. */
function strays(): fc.Arbitrary<FuzzRequest> {
  return fc
    .record({
      method: fc.constantFrom("GET", ...OTHER_METHODS),
      path: fc.webPath(),
      body: fc.option(bodies(), { nil: undefined }),
    })
    .map(({ method, path, body }) => ({
      ...{ method, body, target: toTarget(`/${path}`) },
      headers: body === undefined ? {} : { "content-type": JSON_TYPE },
    }));
}

/** JSON of a value; integers of any size are texts of digits until here. */
function toJson(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner) =>
      typeof inner === "string" && /^-?\d{1,19}$/.test(inner) ? JSON.rawJSON(String(BigInt(inner))) : inner,
    ) ?? "null"
  );
}

/** Of characters that a request line may have. */
function toTarget(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]|#/gu, (character) => encodeURI(character.toWellFormed()).replace("#", "%23"));
}

/** Of characters that a header may have. */
function toHeader(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?");
}
