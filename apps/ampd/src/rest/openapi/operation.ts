import { z } from "zod";
import type { JsonSchema, Parameter } from "../parameter.ts";
import type { Body, DocumentedAnswer, Route } from "../route.ts";
import { END_ID } from "../server-sent-event.ts";
import type { Stream } from "../stream.ts";
import { errorBody } from "../wire.ts";
import { type DocumentedRefusal, documentedRefusals } from "./documented-refusals.ts";
import { exampleError } from "./error-examples.ts";

type Parameters = Readonly<Record<string, Parameter<unknown, string | undefined> | Parameter<unknown>>>;
type JsonObject = Readonly<Record<string, unknown>>;

/** On every answer. */
export const REQUEST_ID = {
  "x-request-id": {
    description: "The request's id: that of the client, if it sent one.",
    schema: { type: "string" },
  },
};
const RETRY_AFTER = { "retry-after": { description: "Seconds.", schema: { type: "integer" } } };

/** A component of the document by the name that its schema bears. */
export function referTo(schema: z.ZodType): JsonSchema {
  const { id } = z.globalRegistry.get(schema) ?? {};
  if (id === undefined) throw new Error("a schema that is documented needs an id");
  return { $ref: `#/components/schemas/${id}` };
}

/** A route as an Operation Object of OpenAPI 3.1. */
export function toOperation(route: Route): JsonObject {
  const { tag, name, summary, body, stream } = route;
  return {
    operationId: name,
    tags: [tag],
    // A title, shown without Markdown.
    summary: summary
      .split(/[.;:] /, 1)
      .join("")
      .replace(/\.$/, ""),
    description: summary,
    parameters: [
      ...toParameters("path", route.params, true),
      ...toParameters("query", route.query.parameters),
      ...toParameters("header", route.headers),
      ...(stream === undefined ? [] : STREAM_PARAMETERS),
    ],
    ...(body === undefined ? {} : { requestBody: toRequestBody(body) }),
    responses: toResponses(route),
  };
}

function toParameters(place: "path" | "query" | "header", parameters: Parameters, isRequired = false): JsonObject[] {
  return Object.entries(parameters).map(([name, { description, schema, example, ...parameter }]) => ({
    name,
    in: place,
    required: isRequired || parameter.isRequired === true,
    description,
    schema,
    example,
  }));
}

const STREAM_PARAMETERS = [
  {
    name: "last-event-id",
    in: "header",
    required: false,
    description: "Of an `EventSource` that comes back: the `id` of the last message that it has.",
    schema: { type: "string" },
  },
];

function toRequestBody({ schema, isOptional, example }: Body<unknown>): JsonObject {
  return { required: !isOptional, content: { "application/json": { schema: referTo(schema), example } } };
}

function toResponses(route: Route): JsonObject {
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    toResponse(answer, status === "200" ? route.stream : undefined),
  ]);
  const ended = { description: `The stream has come to its end: there is no more for \`Last-Event-ID: ${END_ID}\`.` };
  const byStatus = Map.groupBy(documentedRefusals(route), ({ status }) => status);
  return {
    ...Object.fromEntries(answers),
    ...(route.stream === undefined ? {} : { 204: { ...ended, headers: REQUEST_ID } }),
    ...Object.fromEntries([...byStatus].map(([status, refusals]) => [status, toRefusal(status, refusals)])),
  };
}

function toResponse(
  { description, headers, schema, example }: DocumentedAnswer,
  stream: Stream | undefined,
): JsonObject {
  const content = {
    ...(schema === undefined ? {} : { "application/json": { schema: referTo(schema), example } }),
    ...(stream === undefined ? {} : { "text/event-stream": { schema: { type: "string" }, example: stream.example } }),
  };
  return {
    description:
      stream === undefined ? description : `${description} With \`Accept: text/event-stream\`: ${stream.description}`,
    headers: { ...REQUEST_ID, ...headers },
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

/** What is refused with one status. */
export function toRefusal(status: number, refusals: readonly DocumentedRefusal[]): JsonObject {
  const codes = refusals.map(({ code }) => code);
  const schema = { allOf: [referTo(errorBody), { properties: { error_code: { enum: codes } } }] };
  const examples = Object.fromEntries(codes.map((code) => [code, { value: exampleError(code) }]));
  return {
    description: codes.map((code) => `\`${code}\``).join(", "),
    headers: { ...REQUEST_ID, ...(status === 503 ? RETRY_AFTER : {}) },
    content: { "application/json": { schema, examples } },
  };
}
