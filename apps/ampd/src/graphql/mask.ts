import type { ExecutionResult, GraphQLError } from "graphql";
import { createGraphQLError, handleStreamOrSingleExecutionResult, type Plugin } from "graphql-yoga";
import { AmpError, DatabaseUnavailableError } from "../domain/errors.ts";
import { translateDatabaseError } from "../store/database-error.ts";
import type { Log } from "../telemetry/log.ts";
import type { Context } from "./context.ts";

/** Masks the errors of every result, and those that a subscription meets at its start. */
export function useMasking(log: Log): Plugin<Context> {
  return {
    onExecute: ({ args }) => {
      const maskResult = resultMask(args.contextValue.requestId, log);
      return { onExecuteDone: (payload) => handleStreamOrSingleExecutionResult(payload, maskResult) };
    },
    onSubscribe: ({ args }) => {
      const { requestId } = args.contextValue;
      const maskResult = resultMask(requestId, log);
      return {
        onSubscribeResult: (payload) => handleStreamOrSingleExecutionResult(payload, maskResult),
        onSubscribeError: ({ error, setError }) => setError(maskError(error, requestId, log)),
      };
    },
  };
}

function resultMask(requestId: string, log: Log) {
  return ({ result, setResult }: { result: ExecutionResult; setResult: (result: ExecutionResult) => void }) => {
    if (result.errors === undefined) return;
    setResult({ ...result, errors: result.errors.map((error) => maskError(error, requestId, log)) });
  };
}

/**
 * What a client may see of an error. Refusals pass with their code; GraphQL's own errors pass as they are; an outage of
 * the database is a refusal that a retry can cure, logged for its cause; everything else is a bug: it is logged, and the client gets the request id to ask with.
 */
export function maskError(error: unknown, requestId: string, log: Log): GraphQLError {
  const original = translateDatabaseError(isGraphQLError(error) ? originalOf(error) : error);
  const where = isGraphQLError(error) ? { nodes: error.nodes ?? null, path: error.path ?? null } : {};
  if (original instanceof AmpError) {
    const { code, kind, retryable } = original;
    if (original instanceof DatabaseUnavailableError)
      log.warn({ err: original, requestId }, "an operation met an outage");
    return createGraphQLError(original.message, { ...where, extensions: { code, kind, retryable, requestId } });
  }
  if (isGraphQLError(error) && original === undefined) return error;
  log.error({ err: original, requestId }, "an operation met an unexpected error");
  return createGraphQLError(`internal error; request id ${requestId}`, {
    ...where,
    extensions: { code: "INTERNAL", requestId },
  });
}

/** The error that a resolver threw, below the wrappers; `undefined` when GraphQL itself refused. */
function originalOf(error: GraphQLError): unknown {
  const original = error.originalError;
  return isGraphQLError(original) ? originalOf(original) : (original ?? undefined);
}

/** By name: the classes of graphql's development and production builds are two, and one process may load both. */
function isGraphQLError(error: unknown): error is GraphQLError {
  return error instanceof Error && error.name === "GraphQLError";
}
