import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { buildSchema, GraphQLError, validate } from "graphql";
import { expect, test } from "vitest";
import { ROUTES } from "../../src/rest/table.ts";
import { deploy, useDatabase } from "../store-fixtures.ts";
import { refusal, serve } from "./rest-server.ts";

const database = useDatabase("pglite");
const schema = buildSchema(readFileSync(resolve(import.meta.dirname, "../../../../schema.graphql"), "utf8"));

test.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
  "the document of %s is valid by the printed schema",
  (_, { document }) => {
    expect(validate(schema, document)).toEqual([]);
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

test.each([
  ["POST /jobs", "GET, HEAD, DELETE"],
  ["PATCH /jobs/1", "GET, HEAD, DELETE"],
  ["GET /jobs/1/stop", "PUT"],
  ["HEAD /jobs/1/stop", "PUT"],
  ["DELETE /jobs/1/progress", "GET, HEAD"],
  ["PUT /providers", "GET, HEAD, POST"],
  ["PUT /workers/%zz", "GET, HEAD"],
])("%s is not allowed, and Allow says what is", async (line, allow) => {
  const rest = await serve(database());
  const reply = await rest(line);
  expect(reply).toMatchObject({ status: 405, headers: { allow } });
  if (!line.startsWith("HEAD")) expect(reply).toEqual(refusal(405, "METHOD_NOT_ALLOWED"));
});

test.each([
  "/",
  "/job",
  "/jobs/",
  "/Jobs",
  "/jobs/1/",
  "/jobs/1/other",
  "/jobs//progress",
  "/jobs/1/events/2/3",
  "/%zz",
])("%s is left to others", async (path) => {
  const rest = await serve(database());
  expect(await rest(`GET ${path}`)).toEqual(refusal(404, "NOT_FOUND"));
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

test("no answer is kept by a cache", async () => {
  await deploy(database());
  const rest = await serve(database());
  for (const line of ["GET /jobs", "GET /jobs/999999", "DELETE /jobs?status=failed"]) {
    expect((await rest(line)).headers["cache-control"], line).toBe("no-store");
  }
});
