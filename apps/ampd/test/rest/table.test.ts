import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { buildSchema, GraphQLError, validate } from "graphql";
import { expect, test } from "vitest";
import { ROUTES } from "../../src/rest/table/table.ts";
import { useDatabase } from "../store-fixtures.ts";
import { refusal, serve } from "./rest-server.ts";

const database = useDatabase("pglite");
const schema = buildSchema(readFileSync(resolve(import.meta.dirname, "../../../../schema.graphql"), "utf8"));

test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
  "the documents of %s are valid by the printed schema",
  (_, { document, stream }) => {
    expect(validate(schema, document)).toEqual([]);
    if (stream !== undefined) expect(validate(schema, stream.document)).toEqual([]);
  },
);

test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
  "%s reads each parameter of its path, and no other",
  (_, { path, params }) => {
    expect(Object.keys(params).sort()).toEqual([...path.matchAll(/:(\w+)/g)].map(([, name]) => name).sort());
  },
);

test("the table has every route of the contract", () => {
  expect(ROUTES.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
    [
      "GET /jobs",
      "DELETE /jobs",
      "GET /jobs/:id",
      "DELETE /jobs/:id",
      "PUT /jobs/:id/stop",
      "GET /jobs/:id/progress",
      "GET /jobs/:id/events",
      "GET /jobs/:id/events/:event_id",
      "GET /events",
      "POST /providers",
      "GET /providers",
      "GET /providers/:name",
      "DELETE /providers/:name",
      "POST /datasets",
      "GET /datasets",
      "GET /datasets/:namespace/:name/versions",
      "GET /datasets/:namespace/:name/versions/:revision",
      "GET /datasets/:namespace/:name/versions/:revision/manifest",
      "GET /datasets/:namespace/:name/versions/:revision/jobs",
      "POST /datasets/:namespace/:name/versions/:revision/deploy",
      "GET /workers",
      "GET /workers/:id",
    ].sort(),
  );
});

test("a refusal that comes as an error of GraphQL keeps its code and its status", async () => {
  const error = (code: string, message: string) => new GraphQLError(message, { extensions: { code } });
  const unavailable = await serve(database(), async () => ({
    data: null,
    errors: [error("DATABASE_UNAVAILABLE", "the database is gone")],
  }));
  const reply = await unavailable("GET /jobs/1");
  expect(reply).toEqual(refusal(503, "UNAVAILABLE", "the database is gone"));
  expect(reply.headers).toHaveProperty("retry-after");
  const missing = await serve(database(), async () => ({
    data: null,
    errors: [error("JOB_NOT_FOUND", "job '1' not found")],
  }));
  expect(await missing("GET /jobs/1")).toEqual(refusal(404, "JOB_NOT_FOUND", "job '1' not found"));
});

const MASKED = refusal(500, "INTERNAL", "internal error; request id request-42");

test("an error that the pipeline has masked is answered so, and not logged again", async () => {
  const rest = await serve(database(), async () => ({
    data: null,
    errors: [new GraphQLError("internal error", { extensions: { code: "INTERNAL" } })],
  }));
  expect(await rest("GET /jobs/1")).toEqual(MASKED);
  expect(rest.logLines).toEqual([]);
});

test("an error of GraphQL itself is a bug of the table: masked, and logged with its request id", async () => {
  const rest = await serve(database(), async () => ({ errors: [new GraphQLError("Unknown field secret")] }));
  expect(await rest("GET /jobs/1")).toEqual(MASKED);
  expect(rest.logLines.join()).toContain("request-42");
  expect(rest.logLines.join()).toContain("Unknown field secret");
});
