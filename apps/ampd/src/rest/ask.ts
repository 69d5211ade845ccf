import type { DocumentNode, ExecutionResult, GraphQLError } from "graphql";
import type { Pipeline } from "../graphql/pipeline.ts";
import { AnsweredRefusal, isErrorCode } from "./refusal.ts";

/** A bug that the pipeline has logged and masked already. */
export class MaskedError extends Error {}

export type Operation = {
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly requestId: string;
};

/**
 * Runs a document in process.
 * @returns its data
 * @throws AnsweredRefusal for a refusal, whether it is part of the data or in the errors
 * @throws MaskedError
 */
export async function ask(pipeline: Pick<Pipeline, "run">, operation: Operation): Promise<unknown> {
  const { document, variables, requestId } = operation;
  return toData(await pipeline.run(document, { ...variables }, { requestId }));
}

/**
 * The data of a result.
 * @throws as `ask` does
 */
export function toData({ data, errors }: ExecutionResult): unknown {
  const [error] = errors ?? [];
  if (error !== undefined) throw toError(error);
  const refusal = Object.values(data ?? {}).find(isRefusal);
  if (refusal !== undefined) throw new AnsweredRefusal(refusal.refusal, refusal.message);
  return data;
}

/** What `... on Error { refusal: code message }` selects. */
type SelectedRefusal = { readonly refusal: AnsweredRefusal["code"]; readonly message: string };

function isRefusal(value: unknown): value is SelectedRefusal {
  return typeof value === "object" && value !== null && "refusal" in value && isErrorCode(value.refusal);
}

function toError(error: GraphQLError): Error {
  const { code } = error.extensions;
  if (isErrorCode(code)) return new AnsweredRefusal(code, error.message);
  if (code === "INTERNAL") return new MaskedError(error.message);
  return new Error("a route's document was refused by GraphQL itself", { cause: error });
}
