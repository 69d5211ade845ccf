import SchemaBuilder from "@pothos/core";
import ErrorsPlugin from "@pothos/plugin-errors";
import RelayPlugin from "@pothos/plugin-relay";
import { InvalidArgumentError } from "../domain/errors.ts";
import type { Context } from "./context.ts";
import { decodeGlobalId, encodeGlobalId } from "./global-id.ts";

/** Ids that `nodes` takes. */
export const MAX_NODES = 1_000;

/** The one builder; every file of `schema/` adds to it. Fields are non-null unless they say otherwise. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    BigInt: { Input: bigint; Output: bigint };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
  };
}>({
  plugins: [ErrorsPlugin, RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    clientMutationId: "omit",
    cursorType: "String",
    encodeGlobalID: encodeGlobalId,
    decodeGlobalID: decodeGlobalId,
    edgesFieldOptions: { nullable: false },
    nodeFieldOptions: { nullable: false },
    nodeTypeOptions: { description: "What has a global id, by which `node` finds it again." },
    nodeQueryOptions: { description: "The object of a global id; null when it is gone." },
    nodesQueryOptions: {
      description: `The objects of global ids, in their order; null for each that is gone. ${MAX_NODES} at most.`,
      resolve: (_, { ids }, __, ___, load) => {
        if (ids.length > MAX_NODES) {
          throw new InvalidArgumentError(`ids must be ${MAX_NODES} at most, not ${ids.length}`);
        }
        return load(ids);
      },
    },
    pageInfoTypeOptions: { description: "Where a page lies in its list." },
    hasNextPageFieldOptions: { description: "Whether there are, or may be, rows after this page." },
    hasPreviousPageFieldOptions: { description: "Whether there are, or may be, rows before this page." },
    startCursorFieldOptions: { description: "Of the first row; null for an empty page." },
    endCursorFieldOptions: { description: "Of the last row; null for an empty page." },
  },
});

builder.queryType({ description: "Everything that can be read." });
builder.mutationType({
  description:
    "Everything that changes something. A mutation answers with its payload or with one of the refusals that its result type lists; every refusal implements `Error`.",
});
builder.subscriptionType({
  description:
    "State feeds give the state now, then each change, latest wins: a client that reconnects starts from the current state. `jobEvents` is the log itself: a client that reconnects goes on at its cursor. Over WebSocket (`graphql-transport-ws`) and as server-sent events, at the same path.",
});
