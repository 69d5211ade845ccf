import { createGraphQLError } from "graphql-yoga";

/** How large an operation may be, whoever sends it and whatever it asks for. */
export type OperationLimits = {
  /** Names, numbers and marks of a document. */
  readonly maxTokens: number;
  /** Fields within fields. */
  readonly maxDepth: number;
  /** Of a whole document, its fragments included. */
  readonly maxAliases: number;
  /** As `CostMeter` counts it. */
  readonly maxCost: number;
};

export const LIMITS: OperationLimits = {
  // GraphQL's own introspection query has 184, one that names every field of the schema about a thousand. The worst
  // document of so many that was found takes 180 ms to be validated (2026-11-24).
  maxTokens: 4_000,
  // The introspection query has 15; from `dataset` down to an event of one of its jobs it is 7.
  maxDepth: 16,
  // One request for a hundred jobs by their numbers.
  maxAliases: 100,
  // A page of 1,000 jobs with progress and tables costs 260,000, one of 10,000 events 110,000; 10,000 events of each of
  // 1,000 jobs cost 10 million and more.
  maxCost: 500_000,
};

/** Operations that a WebSocket may have at once. */
export const MAX_SOCKET_OPERATIONS = 100;

type LimitCode = "TOO_MANY_TOKENS" | "QUERY_TOO_DEEP" | "TOO_MANY_ALIASES" | "QUERY_TOO_COSTLY";

/** An operation over one of the limits; how much it is, where that is known. */
export function limitError(code: LimitCode, message: string, numbers: { requested?: number; maximum: number }) {
  // Yoga's HTTP reads the status there and leaves it out, as the other doors do.
  return createGraphQLError(message, { extensions: { code, ...numbers, http: { spec: true, status: 400 } } });
}
