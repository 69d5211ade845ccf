import type { Plugin } from "graphql-yoga";
import type { Context } from "../context.ts";
import { chooseDocument, type PersistedOperations } from "./persisted-operations.ts";

/** Persisted operations at Yoga's HTTP; a connection's operations are chosen as they are prepared. */
export function usePersistedOperations(operations: PersistedOperations | undefined): Plugin<Context> {
  return {
    onParams: ({ params, setParams }) => {
      // What a client sent, before Yoga looks at it.
      const sent: unknown = params;
      if (typeof sent !== "object" || sent === null || Array.isArray(sent)) return;
      const { documentId, ...others } = sent as Record<string, unknown>;
      const query = chooseDocument({ ...others, documentId }, operations);
      // It has the type that Yoga checks next.
      setParams({ ...others, query } as typeof params);
    },
  };
}
