import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  executeSubscriptionEvent,
  mapSourceToResponseEvent,
  type OperationDefinitionNode,
  validateSubscriptionArgs,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Log } from "../telemetry/log.ts";
import type { Context } from "./context.ts";
import { maskResult } from "./mask.ts";

/** Results of one source event, by what they depend on beside it: operation, variables, visibility. */
type Shared = Map<string, Promise<ExecutionResult>>;

/** Source events are handed to every subscriber as one object, so what was made of one is found by it, and goes with it. */
const results = new WeakMap<object, Shared>();
const cursors = new WeakMap<ExecutionResult, string>();
const operationIds = new WeakMap<OperationDefinitionNode, number>();
let lastOperationId = 0;

/**
 * Executes a subscription's event once for all subscribers whose operation, variables and visibility are equal (the
 * document cache makes equal texts one document). Everybody sees the same of the system today, so visibility is no part
 * of the key yet.
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
  const key = `${idOf(validated.operation)} ${JSON.stringify(args.variableValues ?? {})}`;
  // Yoga's context is ours.
  const { requestId } = args.contextValue as Context;
  return mapSourceToResponseEvent(validated, source, (event) =>
    share(event.rootValue, key, async () => maskResult(await executeSubscriptionEvent(event), requestId, log)),
  );
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
  shared.set(key, made);
  return made;
}

function idOf(operation: OperationDefinitionNode): number {
  const known = operationIds.get(operation);
  if (known !== undefined) return known;
  lastOperationId += 1;
  operationIds.set(operation, lastOperationId);
  return lastOperationId;
}
