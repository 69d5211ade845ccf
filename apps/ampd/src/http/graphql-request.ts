import type { OperationRequest } from "../graphql/pipeline.ts";

/**
 * The operation that a request of GraphQL over HTTP holds, in its query string or its JSON body.
 * @returns undefined for one that is malformed: whoever answers it says so
 */
export function readOperation(url: URL, body: Uint8Array | undefined): OperationRequest | undefined {
  try {
    const fields = body === undefined ? fromQuery(url.searchParams) : JSON.parse(new TextDecoder().decode(body));
    return isOperation(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

function fromQuery(parameters: URLSearchParams): unknown {
  const text = (name: string) => parameters.get(name) ?? undefined;
  const json = (name: string) => {
    const value = text(name);
    return value === undefined ? undefined : JSON.parse(value);
  };
  return {
    query: text("query") ?? "",
    variables: json("variables"),
    operationName: text("operationName"),
    extensions: json("extensions"),
    documentId: text("documentId"),
  };
}

function isOperation(fields: unknown): fields is OperationRequest {
  if (typeof fields !== "object" || fields === null) return false;
  const { query = "", variables, operationName, extensions }: Record<string, unknown> = { ...fields };
  return (
    typeof query === "string" &&
    isAbsentOr(operationName, (value) => typeof value === "string") &&
    isAbsentOr(variables, isMap) &&
    isAbsentOr(extensions, isMap)
  );
}

function isAbsentOr(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || is(value);
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && !Array.isArray(value);
}
