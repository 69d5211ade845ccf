import { createGraphQLError } from "graphql-yoga";

/** The documents that clients may name instead of sending them. */
export type PersistedOperations = {
  /** By the SHA-256 of their text, 64 hex digits. */
  readonly persisted: ReadonlyMap<string, string>;
  /** Whether every other document is refused. */
  readonly isMandatory: boolean;
};

/** What a request says of its document; whatever it holds, as it comes from a client. */
export type DocumentRequest = {
  readonly query?: unknown;
  /** `{ persistedQuery: { sha256Hash } }`, as clients of automatic persisted queries send it. */
  readonly extensions?: unknown;
  /** The hash alone, or `sha256:` and the hash. */
  readonly documentId?: unknown;
};

const NONE: PersistedOperations = { persisted: new Map(), isMandatory: false };

/**
 * Chooses the document that a request is about. Nothing is registered by a request that has both a document and its hash.
 * @returns the text to parse, or what the request has in its place when it has neither document nor hash
 * @throws GraphQLError for a hash that is not known, or a document that must be persisted and is not
 */
export function chooseDocument(request: DocumentRequest, { persisted, isMandatory } = NONE): unknown {
  const { query } = request;
  if (typeof query === "string" && query !== "") {
    if (!isMandatory || isAmong(persisted, query)) return query;
    throw refusal(
      "PERSISTED_OPERATION_REQUIRED",
      "this server takes persisted operations only: send the hash of one as extensions.persistedQuery.sha256Hash",
    );
  }
  const hash = hashOf(request);
  if (hash === undefined) return query;
  const document = persisted.get(hash);
  if (document !== undefined) return document;
  throw refusal("PERSISTED_OPERATION_NOT_FOUND", `no operation is persisted as '${hash.slice(0, 100)}'`);
}

function hashOf({ extensions, documentId }: DocumentRequest): string | undefined {
  const { persistedQuery } = fieldsOf(extensions);
  const { sha256Hash = documentId } = fieldsOf(persistedQuery);
  return typeof sha256Hash === "string" ? sha256Hash.replace(/^sha256:/, "").toLowerCase() : undefined;
}

const sets = new WeakMap<ReadonlyMap<string, string>, ReadonlySet<string>>();

function isAmong(persisted: ReadonlyMap<string, string>, document: string): boolean {
  const documents = sets.get(persisted) ?? new Set(persisted.values());
  sets.set(persisted, documents);
  return documents.has(document);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  // An object of JSON, whatever its fields.
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function refusal(code: string, message: string) {
  return createGraphQLError(message, { extensions: { code, http: { spec: true, status: 400 } } });
}
