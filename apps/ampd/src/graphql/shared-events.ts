import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  executeSubscriptionEvent,
  GraphQLError,
  mapSourceToResponseEvent,
  type OperationDefinitionNode,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Log } from "../telemetry/log.ts";
import type { Context } from "./context.ts";
import { eventVariables } from "./event-variables.ts";
import { maskResult } from "./mask.ts";

/** Results of one source event, by what they depend on beside it: operation, variables, visibility. */
type Shared = Map<string, Promise<ExecutionResult>>;

/**
 * Of one event; what comes after executes for itself. The newest events of the log stay in memory, and their results with
 * them: a thousand clients with a document each must not multiply it.
 */
const MAX_RESULTS = 32;

/** Source events are handed to every subscriber as one object, so what was made of one is found by it, and goes with it. */
const results = new WeakMap<object, Shared>();
const cursors = new WeakMap<ExecutionResult, string>();
const operationIds = new WeakMap<OperationDefinitionNode, number>();
let lastOperationId = 0;

/**
 * Executes a subscription's event once for all subscribers whose operation, variables and visibility are equal (the
 * document cache makes equal texts one document). The arguments of the subscription's own field choose its events and are
 * no part of it: its resolver may look at the event alone. Everybody sees the same of the system today, so visibility is
 * no part of the key yet. An error's request id is that of the subscriber for whom the event was executed. To 1,000
 * subscribers of a job's progress a change takes 42 to 48 ms of CPU instead of 86 to 95, most of it the sockets'
 * (`bench/fan-out.ts`, 2026-11-24).
 */
export function useSharedEvents(log: Log): Plugin<Context> {
  return {
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn((args: ExecutionArgs) => subscribe(args, log)),
  };
}

/** The position of a result's event in its log, for a client that comes back; undefined where its feed has none. */
export function cursorOf(result: ExecutionResult): string | undefined {
  return cursors.get(result);
}

async function subscribe(args: ExecutionArgs, log: Log) {
  const validated = validateSubscriptionArgs(args);
  if (!("schema" in validated)) return { errors: validated };
  const source = await createSourceEventStream(validated);
  if (!(Symbol.asyncIterator in source)) return source;
  const key = keyOf(args, validated);
  // Yoga's context is ours.
  const { requestId } = args.contextValue as Context;
  const mask = (result: ExecutionResult) => maskResult(result, requestId, log);
  const stream = mapSourceToResponseEvent(validated, source, (event) =>
    share(event.rootValue, key, async () => mask(await executeSubscriptionEvent(event))),
  );
  return endWithError(stream, (error) => mask({ errors: [toGraphqlError(error)] }));
}

function keyOf({ document, variableValues }: ExecutionArgs, { operation, schema }: ValidatedSubscriptionArgs): string {
  const given = variableValues ?? {};
  const names = eventVariables(document, schema.getSubscriptionType()?.name ?? "");
  const relevant = [...names].filter((name) => Object.hasOwn(given, name)).map((name) => [name, given[name]]);
  return `${idOf(operation)} ${JSON.stringify(relevant)}`;
}

function share(event: unknown, key: string, execute: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
  if (typeof event !== "object" || event === null) return execute();
  const shared: Shared = results.get(event) ?? new Map();
  results.set(event, shared);
  const found = shared.get(key);
  if (found !== undefined) return found;
  const made = execute().then((result) => {
    if ("cursor" in event && typeof event.cursor === "string") cursors.set(result, event.cursor);
    return result;
  });
  if (shared.size < MAX_RESULTS) shared.set(key, made);
  return made;
}

/**
 * A feed that fails ends with a result that says why, as one that is refused does: thrown, its code would be lost over a
 * WebSocket, and the end over SSE.
 */
function endWithError(
  stream: AsyncIterableIterator<ExecutionResult>,
  toResult: (error: unknown) => ExecutionResult,
): AsyncIterableIterator<ExecutionResult> {
  return {
    // The stream is over once it has thrown: what is asked for next is its end.
    next: () => stream.next().catch((error: unknown) => ({ done: false, value: toResult(error) })),
    return: async () => (await stream.return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function toGraphqlError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(cause.message, { cause });
}

function idOf(operation: OperationDefinitionNode): number {
  const known = operationIds.get(operation);
  if (known !== undefined) return known;
  lastOperationId += 1;
  operationIds.set(operation, lastOperationId);
  return lastOperationId;
}
