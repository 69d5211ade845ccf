import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type GraphQLSchema, Kind, parse, specifiedRules, validate } from "graphql";
import { InvalidConfigError } from "../../domain/errors.ts";
import { show } from "../../domain/parse.ts";
import { documentLimits } from "./document-limits.ts";
import { LIMITS } from "./operation-limits.ts";

const SHA_256 = /^[0-9a-f]{64}$/;
const RULES = [...specifiedRules, documentLimits(LIMITS)];

/**
 * Reads a file of persisted operations: `{"<sha256 of the document>": "<document>"}`.
 * @returns the documents by their hashes, each of which the schema and the limits allow
 * @throws InvalidConfigError with every fault at once, one a line
 */
export async function readPersistedOperations(
  path: string,
  schema: GraphQLSchema,
): Promise<ReadonlyMap<string, string>> {
  const operations = new Map<string, string>();
  const faults: string[] = [];
  for (const [hash, document] of Object.entries(await readObject(path))) {
    if (typeof document !== "string") faults.push(`${hash}: the document is to be a text, not ${show(document)}`);
    else {
      operations.set(hash, document);
      faults.push(...faultsOf(hash, document, schema).map((fault) => `${hash}: ${fault}`));
    }
  }
  if (faults.length === 0) return operations;
  throw new InvalidConfigError([`persisted operations of ${path} are not allowed:`, ...faults].join("\n"));
}

async function readObject(path: string): Promise<object> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidConfigError(`persisted operations cannot be read from ${path}: ${why}`, {}, { cause: error });
  }
  if (typeof content === "object" && content !== null && !Array.isArray(content)) return content;
  throw new InvalidConfigError(`persisted operations of ${path} are to be an object of hashes and documents`);
}

function faultsOf(hash: string, document: string, schema: GraphQLSchema): readonly string[] {
  const actual = createHash("sha256").update(document).digest("hex");
  const faults = hash === actual ? [] : [hashFault(hash, actual)];
  try {
    const parsed = parse(document, { maxTokens: LIMITS.maxTokens });
    const errors = validate(schema, parsed, RULES);
    const hasOperation = parsed.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    return [
      ...faults,
      ...errors.map(({ message }) => message),
      ...(hasOperation ? [] : ["the document has no operation"]),
    ];
  } catch (error) {
    return [...faults, error instanceof Error ? error.message : String(error)];
  }
}

function hashFault(hash: string, actual: string): string {
  return SHA_256.test(hash)
    ? `the document's SHA-256 is ${actual}`
    : `the key is to be the document's SHA-256 in 64 lower-case hex digits: ${actual}`;
}
