import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { type OpenApi, toOpenApi } from "../../src/rest/openapi/openapi.ts";

/** An answer, and what was asked. */
export type Answered = {
  readonly method: string;
  /** As it was sent, with its query. */
  readonly target: string;
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
};

type Described = {
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, object>>;
};

/** Headers that HTTP, the connection or the safety of browsers need, on whatever is answered. */
const GENERAL_HEADERS = [
  "allow",
  "cache-control",
  "connection",
  "content-length",
  "content-type",
  "cross-origin-resource-policy",
  "date",
  "keep-alive",
  "referrer-policy",
  "transfer-encoding",
  "vary",
  "x-accel-buffering",
  "x-content-type-options",
  "x-frame-options",
];
/** Some answers have none of them: what is empty, and what could not be told apart from another. */
const BODILESS = [204, 304];

export type Oracle = {
  readonly document: OpenApi;
  /** What the document does not say of an answer, a line each. */
  findUndescribed(answered: Answered): string[];
};

/** Holds answers against the OpenAPI document. */
export function createOracle(): Oracle {
  // As a client reads it.
  const document = JSON.parse(JSON.stringify(toOpenApi("1.2.3"))) as OpenApi;
  const ajv = new Ajv2020({ strict: false, validateFormats: true, allErrors: false });
  addFormats.default(ajv);
  // Numbers of JSON have any size; that they are exact other tests see in the text.
  for (const format of ["int64", "sha256"]) ajv.addFormat(format, true);
  ajv.addSchema(document, "openapi");
  const paths = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(/[.]/g, "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  }));
  const validators = new Map<string, ValidateFunction>();

  function validatorAt(...steps: readonly string[]): ValidateFunction {
    const pointer = steps.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
    const known = validators.get(pointer) ?? ajv.compile({ $ref: `openapi#${encodeURI(pointer)}` });
    validators.set(pointer, known);
    return known;
  }

  function findUndescribed(answered: Answered): string[] {
    const { method, target } = answered;
    // As HTTP clients and servers read it.
    const path = new URL(`http://localhost${target}`).pathname;
    const matched = paths.find(({ pattern }) => pattern.test(path))?.path;
    if (matched === undefined) return expectCode(answered, 404, "NOT_FOUND");
    const operation = method === "HEAD" ? "get" : method.toLowerCase();
    return document.paths[matched]?.[operation] === undefined
      ? findInOther(answered)
      : findInOperation([matched, operation], answered);
  }

  function findInOperation([path, operation]: readonly [string, string], answered: Answered): string[] {
    const { method, status } = answered;
    const responses = document.paths[path]?.[operation]?.responses as Readonly<Record<string, Described>>;
    const response = responses[String(status)];
    if (response === undefined) return [`${operation} ${path} does not describe the status ${status}`];
    const inBody = method === "HEAD" ? [] : findInBody([path, operation, String(status)], response, answered);
    return [...findInHeaders(response, answered), ...inBody];
  }

  function findInBody(
    [path, operation, status]: readonly [string, string, string],
    { content = {} }: Described,
    { headers, text }: Pick<Answered, "headers" | "text">,
  ): string[] {
    if (text === "" && (Object.keys(content).length === 0 || BODILESS.includes(Number(status)))) return [];
    const type = String(headers["content-type"]).split(";")[0] ?? "";
    if (content[type] === undefined) return [`the body of ${status} is ${type}, which is not described`];
    if (type !== "application/json") return [];
    const isValid = validatorAt("paths", path, operation, "responses", status, "content", type, "schema");
    if (isValid(JSON.parse(text))) return [];
    return (isValid.errors ?? []).map(
      ({ instancePath, message }) =>
        `the body of ${status} at ${instancePath || "/"} ${message}: ${text.slice(0, 500)}`,
    );
  }

  return { document, findUndescribed };
}

function findInHeaders({ headers: described = {} }: Described, { status, headers }: Answered): string[] {
  const unknown = Object.keys(headers).filter(
    (name) => !GENERAL_HEADERS.includes(name) && !Object.hasOwn(described, name),
  );
  const missing = Object.keys(described).filter((name) => headers[name] === undefined);
  return [
    ...unknown.map((name) => `the header ${name} of ${status} is not described`),
    ...missing.map((name) => `the header ${name} of ${status} is described, and is not there`),
  ];
}

/** A method that the path does not have. */
function findInOther(answered: Answered): string[] {
  const { method, status } = answered;
  if (method !== "OPTIONS") return expectCode(answered, 405, "METHOD_NOT_ALLOWED");
  return status === 204 || status === 403 ? [] : [`OPTIONS is answered with ${status}`];
}

function expectCode({ method, status, text }: Answered, expected: number, code: string): string[] {
  // Whatever it is of: a foreign page learns no more than that.
  if (status === 403 || (status === 415 && method !== "GET")) return [];
  if (status !== expected) return [`the status is ${status}, not ${expected}`];
  if (method === "HEAD") return [];
  const body = JSON.parse(text) as { error_code?: unknown };
  return body.error_code === code ? [] : [`the code is ${String(body.error_code)}, not ${code}`];
}
