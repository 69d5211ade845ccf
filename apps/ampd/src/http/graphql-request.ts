import { InvalidArgumentError } from "../domain/errors.ts";
import type { OperationRequest } from "../graphql/pipeline.ts";

/**
 * The operation that a request of GraphQL over HTTP holds, in its query string or its JSON body.
 * @returns undefined for one that is malformed: whoever answers it says so
 */
export function readOperation(url: URL, body: Uint8Array | undefined): OperationRequest | undefined {
  try {
    return toOperation(body === undefined ? fromQuery(url.searchParams) : JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return undefined;
  }
}

/** Whether it is worth looking: parsing a query here, and again where it is answered, would cost it twice. */
export function mayBeSubscription({ query, extensions, documentId }: OperationRequest): boolean {
  if (query !== "") return /\bsubscription\b/.test(query);
  // A persisted document is known by its hash alone.
  return documentId !== undefined || extensions?.persistedQuery !== undefined;
}

/**
 * Refuses query parameters that should be JSON and are not: Yoga would call it a fault of the server.
 * @throws InvalidArgumentError
 */
export function requireJsonParameters({ searchParams }: URL): void {
  for (const name of ["variables", "extensions"]) {
    try {
      jsonOf(searchParams, name);
    } catch {
      throw new InvalidArgumentError(`the query parameter '${name}' is not JSON`);
    }
  }
}

function fromQuery(parameters: URLSearchParams): unknown {
  const text = (name: string) => parameters.get(name) || undefined;
  return {
    query: text("query"),
    variables: jsonOf(parameters, "variables"),
    operationName: text("operationName"),
    extensions: jsonOf(parameters, "extensions"),
    documentId: text("documentId"),
  };
}

function jsonOf(parameters: URLSearchParams, name: string): unknown {
  const value = parameters.get(name) ?? "";
  return value === "" ? undefined : JSON.parse(value);
}

function toOperation(fields: unknown): OperationRequest | undefined {
  if (!isMap(fields)) return undefined;
  // A request that names a persisted document has no text.
  const { query = "", variables, operationName, extensions, documentId } = fields;
  if (typeof query !== "string" || !isAbsentOr(variables, isMap) || !isAbsentOr(extensions, isMap)) return undefined;
  if (!isAbsentOr(operationName, isText)) return undefined;
  return { query, variables, operationName, extensions, documentId };
}

function isAbsentOr<T>(value: unknown, is: (value: unknown) => value is T): value is T | null | undefined {
  return value === undefined || value === null || is(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
