import type { TypedDocumentString } from "../generated/api.ts";
import { decodeJson } from "../output/json.ts";
import { errorOfAnswer, errorOfRefusal, readGraphqlErrors } from "./refusal.ts";
import { type Connection, notAmpd, request } from "./request.ts";

const GRAPHQL_PATH = "/graphql";

/**
 * Runs a query or a mutation.
 * @throws CtlError when there is no answer or it has errors; the refusals of a mutation are part of its data
 */
export async function query<Data, Variables>(
  connection: Connection,
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const body = JSON.stringify({ query: document.toString(), variables });
  const answer = await request(connection, { method: "POST", path: GRAPHQL_PATH, body });
  if (answer.status !== 200) throw errorOfAnswer(connection, answer);
  return readResult<Data>(connection, answer.text);
}

/** The data of a result. @throws CtlError when it has errors */
function readResult<Data>(connection: Connection, text: string): Data {
  const result = parse(connection, text);
  const refusal = readGraphqlErrors(result.errors);
  if (refusal !== undefined) throw errorOfRefusal(refusal);
  if (result.data === undefined || result.data === null) throw notAmpd(connection, "its answer holds no data");
  // Documents are checked against the contract when their types are generated; a server of it answers by them.
  return result.data as Data;
}

function parse(connection: Connection, text: string): { readonly data?: unknown; readonly errors?: unknown } {
  try {
    const result = decodeJson(text);
    if (typeof result === "object" && result !== null) return result;
  } catch {
    // It is told below.
  }
  throw notAmpd(connection, "it answered something else than JSON");
}
