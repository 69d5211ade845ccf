import { type DocumentNode, parse } from "graphql";
import type { z } from "zod";
import { decodeJson, JsonError } from "./json.ts";
import { parseQueryString } from "./query-string.ts";
import { type BadInputCode, BadInputError, type Refusals } from "./refusal.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What HTTP knows of a request, apart from the body's stream. */
export type RestRequest = {
  readonly method: string;
  /** As it was sent: percent-encoded, without the query. */
  readonly path: string;
  /** As it was sent, with or without its `?`. */
  readonly query: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  readonly requestId: string;
  readonly signal: AbortSignal;
};

/** A part of the path or of the query: how it is read, and what a client is told when it cannot be. */
export type Parameter<Value, Text = string> = {
  readonly description: string;
  readonly codes: readonly BadInputCode[];
  /** @throws BadInputError with one of `codes` */
  parse(text: Text): Value;
};

export type Query<Values> = {
  /** For a parameter that is given twice, and for encodings that cannot be read. */
  readonly code: BadInputCode;
  readonly parameters: { readonly [Name in keyof Values]: Parameter<Values[Name], string | undefined> };
};

export type Body<Value> = {
  /** For everything that is wrong with the form of the body. */
  readonly code: BadInputCode;
  readonly schema: z.ZodType<Value>;
  /** No body at all stands for `{}`. */
  readonly isOptional: boolean;
};

/** A document, and the shape of its data. */
export type Document<Data> = { readonly node: DocumentNode; readonly data?: Data };

/** The data of a document whose `list` is read to its end: every node of the list. */
export type Listed<Name extends string, Node> = { readonly [Key in Name]: { readonly nodes: readonly Node[] } };

/** A success: its status tells which of the route's `answers` it is. Bigints become numbers. */
export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

export type Input<Params, QueryValues, BodyValue> = {
  readonly params: Params;
  readonly query: QueryValues;
  readonly body: BodyValue;
  readonly headers: RestRequest["headers"];
};

/** A row of the table, as it is written. */
export type RouteDefinition<Params, QueryValues, BodyValue, Data> = {
  readonly method: Method;
  /** `:name` stands for a parameter. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly params?: { readonly [Name in keyof Params]: Parameter<Params[Name]> };
  readonly query?: Query<QueryValues>;
  readonly body?: Body<BodyValue>;
  readonly document: Document<Data>;
  /** The connection of the document that is read to its end; `$after` is where a page begins. */
  readonly list?: keyof Data & string;
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
  readonly refusals: Refusals;
  variables(input: Input<Params, QueryValues, BodyValue>): Readonly<Record<string, unknown>>;
  /** @throws AmpError where the data says that there is no such thing */
  success(data: Data, input: Input<Params, QueryValues, BodyValue>): Answer;
};

/** What a request asks of its route's document, and what is made of the data. */
export type Question = {
  readonly variables: Readonly<Record<string, unknown>>;
  success(data: unknown): Answer;
};

/** A row of the table, as it is used: the types of its parts are settled inside. */
export type Route = Pick<
  RouteDefinition<unknown, unknown, unknown, unknown>,
  "method" | "path" | "summary" | "answers" | "refusals"
> & {
  readonly params: Readonly<Record<string, Parameter<unknown>>>;
  readonly query: Query<Readonly<Record<string, unknown>>> | undefined;
  readonly body: Body<unknown> | undefined;
  readonly document: DocumentNode;
  readonly list: string | undefined;
  /**
   * @param raw the parameters of the path, percent-encoded
   * @throws BadInputError
   */
  read(request: RestRequest, raw: Readonly<Record<string, string | undefined>>): Question;
};

export function route<Params = unknown, QueryValues = unknown, BodyValue = unknown, Data = unknown>(
  definition: RouteDefinition<Params, QueryValues, BodyValue, Data>,
): Route {
  const { method, path, summary, answers, refusals, query, body } = definition;
  return {
    method,
    path,
    summary,
    answers,
    refusals,
    params: definition.params ?? {},
    // Wider: its names are only listed from here on.
    query: query as Query<Readonly<Record<string, unknown>>> | undefined,
    body,
    document: definition.document.node,
    list: definition.list,
    read(request, raw) {
      // Each part is read by the definition's own parsers, name by name, so it has the type that they give.
      const input = {
        params: readParams(definition.params ?? {}, raw),
        query: query === undefined ? {} : readQuery(query, request.query),
        body: body === undefined ? undefined : readBody(body, request.body),
        headers: request.headers,
      } as Input<Params, QueryValues, BodyValue>;
      return {
        variables: definition.variables(input),
        // A test validates every document against the schema, and the answers are tested over HTTP.
        success: (data) => definition.success(data as Data, input),
      };
    },
  };
}

/** Parses a constant document, once. */
export function document<Data>(source: string): Document<Data> {
  return { node: parse(source, { noLocation: true }) };
}

function readParams(
  parameters: Readonly<Record<string, Parameter<unknown>>>,
  raw: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [name, parameter.parse(decode(raw[name] ?? "", parameter))]),
  );
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

function readQuery({ code, parameters }: Query<unknown>, text: string): Record<string, unknown> {
  const values = parseQueryString(text, code);
  return Object.fromEntries(
    Object.entries<Parameter<unknown, string | undefined>>(parameters).map(([name, parameter]) => [
      name,
      parameter.parse(values.get(name)),
    ]),
  );
}

function readBody({ schema, code, isOptional }: Body<unknown>, bytes: Uint8Array): unknown {
  const parsed = schema.safeParse(isOptional && bytes.byteLength === 0 ? {} : decodeBody(bytes, code));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = ["body", ...(issue?.path ?? [])].join(".");
  throw new BadInputError(code, `${where}: ${issue?.message ?? "not understood"}`);
}

function decodeBody(bytes: Uint8Array, code: BadInputCode): unknown {
  try {
    return decodeJson(bytes);
  } catch (error) {
    if (error instanceof JsonError) throw new BadInputError(code, error.message);
    throw error;
  }
}
