import { z } from "zod";
import type { JsonSchema } from "../parameter.ts";
import type { Route, Tag } from "../route.ts";
import { ROUTES } from "../table/table.ts";
import { REQUEST_ID, referTo, toOperation, toRefusal } from "./operation.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** An OpenAPI 3.1 document. */
export type OpenApi = JsonObject & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
};

const DESCRIPTION = `
The control plane for blockchain extraction jobs over REST. The same rules are behind GraphQL at \`/graphql\`.

* Ids, sizes and block numbers are integers of 64 bits: JSON numbers of any size, so read them with a parser that keeps them.
* An error is \`{"error_code", "error_message", "request_id"}\`; codes are stable. \`x-request-id\` is on every answer.
* A path that is not in this document is 404 \`NOT_FOUND\`; a method that a path does not have is 405 \`METHOD_NOT_ALLOWED\` with \`Allow\`.
  \`HEAD\` is answered wherever \`GET\` is, \`OPTIONS\` everywhere.
* A parameter of the query, or a field of a deploy or of a dataset, that is not in this document is refused, not ignored.
* A stream of events ends with \`complete\` for good, and with \`failed\`, whose data is an error, for now: come back with \`Last-Event-ID\`.
  What is 503 elsewhere is such a stream.
* A request that is not understood as HTTP is 400 \`INVALID_REQUEST\`, 408 \`REQUEST_TIMEOUT\` or 431 \`HEADERS_TOO_LARGE\`.
`.trim();

const TAGS: Readonly<Record<Tag | "health", string>> = {
  jobs: "Extraction jobs: each syncs the tables of a dataset on a worker.",
  events: "What happened to jobs.",
  providers: "Endpoints of chains.",
  datasets: "What is extracted: named manifests, with versions.",
  workers: "The processes that run jobs.",
  health: "For load balancers and supervisors.",
};

const alive = z.strictObject({ status: z.literal("ok") }).meta({ id: "Alive" });
const readiness = z
  .strictObject({ ready: z.boolean(), reasons: z.array(z.string()) })
  .meta({ id: "Readiness", description: "`reasons`: what keeps it from being ready." });

/** The REST surface as an OpenAPI 3.1 document. @param version the server's */
export function toOpenApi(version: string): OpenApi {
  return {
    openapi: "3.1.1",
    info: {
      title: "ampd",
      version,
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "This server." }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: { ...toPaths(ROUTES), ...HEALTH_PATHS },
    components: { schemas: toComponents() },
  };
}

/** `/jobs/:id` → `/jobs/{id}` */
export function toPathTemplate(path: string): string {
  return path.replaceAll(/:(\w+)/g, "{$1}");
}

function toPaths(routes: readonly Route[]): OpenApi["paths"] {
  const byPath = Map.groupBy(routes, ({ path }) => toPathTemplate(path));
  return Object.fromEntries(
    [...byPath].map(([path, group]) => [
      path,
      Object.fromEntries(group.map((route) => [route.method.toLowerCase(), toOperation(route)])),
    ]),
  );
}

/** The server answers these itself, also before it can do anything else. */
const HEALTH_PATHS = {
  "/health/live": { get: health("isAlive", "Whether the process answers.", alive, { 200: "It does." }) },
  "/healthz": { get: health("isHealthy", "As `/health/live`.", alive, { 200: "It does." }) },
  "/health/ready": {
    get: health("isReady", "Whether the process can do its work.", readiness, {
      200: "It can.",
      503: "It cannot, or not yet.",
    }),
  },
};

function health(
  operationId: string,
  summary: string,
  schema: z.ZodType,
  answers: Readonly<Record<number, string>>,
): JsonObject {
  const content = { "application/json": { schema: referTo(schema) } };
  const responses = Object.entries(answers).map(([status, description]) => [
    status,
    { description, headers: REQUEST_ID, content },
  ]);
  const refused = toRefusal(403, [{ status: 403, code: "FORBIDDEN" }]);
  return {
    ...{ operationId, tags: ["health"], summary, parameters: [] },
    responses: { ...Object.fromEntries(responses), 403: refused },
  };
}

/** Every schema that bears a name. */
function toComponents(): Readonly<Record<string, JsonSchema>> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    uri: (id) => `#/components/schemas/${id}`,
    // What is of any form, or says of what form it is itself.
    unrepresentable: "any",
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _dialect, $id: _address, ...schema }]) => [name, schema]),
  );
}
