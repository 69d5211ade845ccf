import { type ExecutionResult, GraphQLError } from "graphql";
import { createGraphQLError, handleStreamOrSingleExecutionResult, isAsyncIterable, type Plugin } from "graphql-yoga";
import { AmpError, DatabaseUnavailableError } from "../domain/errors.ts";
import { translateDatabaseError } from "../store/database-error.ts";
import type { Log } from "../telemetry/log.ts";
import type { Context } from "./context.ts";

/** Masks the errors of every answer, and those that a subscription meets at its start; its events are masked once for all. */
export function useMasking(log: Log): Plugin<Context> {
  return {
    onExecute: ({ args }) => {
      const mask = maskWith(args.contextValue.requestId, log);
      return { onExecuteDone: (payload) => handleStreamOrSingleExecutionResult(payload, mask) };
    },
    onSubscribe: ({ args }) => {
      const { requestId } = args.contextValue;
      const mask = maskWith(requestId, log);
      return {
        onSubscribeResult: (payload) => {
          if (!isAsyncIterable(payload.result)) handleStreamOrSingleExecutionResult(payload, mask);
        },
        onSubscribeError: ({ error, setError }) => setError(maskError(error, requestId, log)),
      };
    },
  };
}

function maskWith(requestId: string, log: Log) {
  return ({ result, setResult }: { result: ExecutionResult; setResult: (result: ExecutionResult) => void }) =>
    setResult(maskResult(result, requestId, log));
}

/** The result itself when it has no errors. */
export function maskResult(result: ExecutionResult, requestId: string, log: Log): ExecutionResult {
  if (result.errors === undefined) return result;
  return { ...result, errors: result.errors.map((error) => maskError(error, requestId, log)) };
}

/**
 * What a client may see of an error. Refusals pass with their code; GraphQL's own errors pass as they are; an outage of
 * the database is a refusal that a retry can cure, logged for its cause; everything else is a bug: it is logged, and the client gets the request id to ask with.
 */
export function maskError(error: unknown, requestId: string, log: Log): GraphQLError {
  const original = translateDatabaseError(error instanceof GraphQLError ? originalOf(error) : error);
  const where = error instanceof GraphQLError ? { nodes: error.nodes ?? null, path: error.path ?? null } : {};
  if (original instanceof AmpError) {
    const { code, kind, retryable } = original;
    if (original instanceof DatabaseUnavailableError)
      log.warn({ reason: reasonOf(original), requestId }, "an operation met an outage");
    return createGraphQLError(original.message, { ...where, extensions: { code, kind, retryable, requestId } });
  }
  if (error instanceof GraphQLError && original === undefined) return error;
  log.error({ err: original, requestId }, "an operation met an unexpected error");
  return createGraphQLError(`internal error; request id ${requestId}`, {
    ...where,
    extensions: { code: "INTERNAL", requestId },
  });
}

/** What the database's driver said, in one line: an outage meets every request, and a stack says nothing of it. */
function reasonOf({ message, cause }: Error): string {
  const said = cause instanceof Error ? cause.message.trim().split("\n").at(-1) : undefined;
  return said || message;
}

/** The error that a resolver threw, below the wrappers; `undefined` when GraphQL itself refused. */
function originalOf(error: GraphQLError): unknown {
  const original = error.originalError;
  return original instanceof GraphQLError ? originalOf(original) : (original ?? undefined);
}
