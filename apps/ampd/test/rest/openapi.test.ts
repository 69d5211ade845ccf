import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { documentedRefusals } from "../../src/rest/openapi/documented-refusals.ts";
import { toOpenApi, toPathTemplate } from "../../src/rest/openapi/openapi.ts";
import { ROUTES } from "../../src/rest/table/table.ts";

type Content = {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Record<string, { value: unknown }>;
};
type Operation = {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly schema: object; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: Record<string, Content> };
  readonly responses: Record<string, { readonly content?: Record<string, Content> }>;
};

const document = JSON.parse(JSON.stringify(toOpenApi("1.2.3")));
const operations: [string, Operation][] = Object.entries<Record<string, Operation>>(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
);
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, "openapi");

/** A schema of the document, with its references resolved. */
function findFaults(schema: object, value: unknown): unknown {
  const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/'));
  return ajv.validate(absolute, value) ? [] : ajv.errors;
}

test("the document is OpenAPI 3.1", async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

test.each(ROUTES)("$method $path is described with every status and code", (route) => {
  const operation = document.paths[toPathTemplate(route.path)][route.method.toLowerCase()];
  const { answers, stream, summary } = route;
  expect(operation.description).toBe(summary);
  const refused = documentedRefusals(route);
  const statuses = [...Object.keys(answers), ...refused.map(({ status }) => String(status))];
  if (stream !== undefined) statuses.push("204");
  expect(Object.keys(operation.responses).sort()).toEqual([...new Set(statuses)].sort());
  for (const { status, code } of refused) {
    const { schema, examples } = operation.responses[status].content["application/json"];
    expect(schema.allOf[1].properties.error_code.enum).toContain(code);
    expect(examples[code].value.error_code).toBe(code);
  }
});

test("every operation has a name of its own", () => {
  const names = operations.map(([, { operationId }]) => operationId);
  expect(new Set(names).size).toBe(names.length);
});

test.each(operations)("the examples of %s are as its schemas say", (_, { parameters, requestBody, responses }) => {
  for (const { name, schema, example } of parameters) {
    if (example !== undefined) expect(findFaults(schema, example), name).toEqual([]);
  }
  const contents = [requestBody, ...Object.values(responses)].flatMap((one) =>
    Object.entries(one?.content ?? {}).filter(([type]) => type === "application/json"),
  );
  for (const [, { schema, example, examples = {} }] of contents) {
    if (example !== undefined) expect(findFaults(schema, example)).toEqual([]);
    for (const { value } of Object.values(examples)) expect(findFaults(schema, value)).toEqual([]);
  }
});

test.each(ROUTES.filter(({ body }) => body !== undefined))("the example of $method $path is taken", ({ body }) => {
  expect(body?.schema.safeParse(body.example).error).toBeUndefined();
});
