import type { DocumentNode } from "graphql";
import type { z } from "zod";
import type { Collection } from "./collect.ts";
import type { Document } from "./document.ts";
import type { JsonSchema, Parameter, Parameters } from "./parameter.ts";
import { readBody, readHeaders, readParams, readQuery } from "./read-request.ts";
import type { BadInputCode, Refusals } from "./refusal.ts";
import type { RestRequest } from "./request.ts";
import type { Stream } from "./stream.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What the routes are grouped by. */
export type Tag = "jobs" | "events" | "providers" | "datasets" | "workers";

export type Query<Values> = {
  /** For a parameter that is not known or given twice, and for encodings that cannot be read. */
  readonly code: BadInputCode;
  readonly parameters: Parameters<Values, string | undefined>;
};

export type Body<Value> = {
  /** For everything that is wrong with the form of the body. */
  readonly code: BadInputCode;
  readonly schema: z.ZodType<Value>;
  /** No body at all stands for `{}`. */
  readonly isOptional: boolean;
  readonly example: unknown;
};

/** A success as it is documented. */
export type DocumentedAnswer = {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
  /** Absent: no body. */
  readonly schema?: z.ZodType;
  readonly example?: unknown;
};

/** A success: its status tells which of the route's `answers` it is. Bigints become numbers. */
export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

export type Input<Params, QueryValues, HeaderValues, BodyValue> = {
  readonly params: Params;
  readonly query: QueryValues;
  readonly headers: HeaderValues;
  readonly body: BodyValue;
};

/** A row of the table, as it is written. */
export type RouteDefinition<Params, QueryValues, HeaderValues, BodyValue, Data> = {
  readonly method: Method;
  /** `:name` stands for a parameter. */
  readonly path: `/${string}`;
  readonly tag: Tag;
  /** What generated clients call it. */
  readonly name: string;
  readonly summary: string;
  readonly params?: Parameters<Params>;
  readonly query?: Query<QueryValues>;
  /** By names in lower case. */
  readonly headers?: Parameters<HeaderValues, string | undefined>;
  readonly body?: Body<BodyValue>;
  readonly document: Document<Data>;
  /** The connection of the document that is read to its end; `$after` is where a page begins. */
  readonly list?: keyof Data & string;
  /** For a document that is a subscription: which of its items make the data. */
  collection?(input: Input<Params, QueryValues, HeaderValues, BodyValue>): Collection;
  /** What a client is answered that wants events. */
  readonly stream?: Stream;
  readonly answers: Readonly<Record<number, DocumentedAnswer>>;
  readonly refusals: Refusals;
  variables(input: Input<Params, QueryValues, HeaderValues, BodyValue>): Readonly<Record<string, unknown>>;
  /** @throws AmpError where the data says that there is no such thing */
  success(data: Data, input: Input<Params, QueryValues, HeaderValues, BodyValue>): Answer;
};

/** What a request asks of its route's document, and what is made of the data. */
export type Question = {
  readonly variables: Readonly<Record<string, unknown>>;
  readonly collection: Collection | undefined;
  success(data: unknown): Answer;
};

/** A row of the table, as it is used: the types of its parts are settled inside. */
export type Route = Pick<
  RouteDefinition<unknown, unknown, unknown, unknown, unknown>,
  "method" | "path" | "tag" | "name" | "summary" | "answers" | "refusals"
> & {
  readonly params: Readonly<Record<string, Parameter<unknown>>>;
  readonly query: Query<Readonly<Record<string, unknown>>>;
  readonly headers: Readonly<Record<string, Parameter<unknown, string | undefined>>>;
  readonly body: Body<unknown> | undefined;
  readonly document: DocumentNode;
  readonly list: string | undefined;
  readonly stream: Stream | undefined;
  /**
   * @param raw the parameters of the path, percent-encoded
   * @throws BadInputError
   */
  read(request: RestRequest, raw: Readonly<Record<string, string | undefined>>): Question;
};

const NO_QUERY: Query<Readonly<Record<string, unknown>>> = { code: "INVALID_QUERY_PARAMETERS", parameters: {} };

export function route<
  Params = unknown,
  QueryValues = unknown,
  HeaderValues = unknown,
  BodyValue = unknown,
  Data = unknown,
>(definition: RouteDefinition<Params, QueryValues, HeaderValues, BodyValue, Data>): Route {
  const { method, path, tag, name, summary, answers, refusals, body, list, stream } = definition;
  const { params = {}, headers = {} } = definition;
  // Wider: their names are only listed from here on.
  const query = (definition.query ?? NO_QUERY) as typeof NO_QUERY;
  return {
    ...{ method, path, tag, name, summary, answers, refusals, params, query, headers, body, list, stream },
    document: definition.document.node,
    read(request, raw) {
      // Each part is read by the definition's own parsers, name by name, so it has the type that they give.
      const input = {
        params: readParams(params, raw),
        query: readQuery(query, request.query),
        headers: readHeaders(headers, request.headers),
        body: body === undefined ? undefined : readBody(body, request.body),
      } as Input<Params, QueryValues, HeaderValues, BodyValue>;
      return {
        variables: definition.variables(input),
        collection: definition.collection?.(input),
        // A test validates every document against the schema, and the answers are tested over HTTP.
        success: (data) => definition.success(data as Data, input),
      };
    },
  };
}
