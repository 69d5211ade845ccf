import type { Actor } from "../../domain/actor.ts";
import { builder } from "../builder.ts";

const ViewerRole = builder.enumType("ViewerRole", {
  description: "What somebody may do.",
  values: { ADMIN: { description: "Everything." } },
});

const ViewerType = builder.objectRef<Actor>("Viewer").implement({
  description: "Who asks. Nobody is asked who they are in this version, so everybody is the same.",
  fields: (t) => ({
    name: t.exposeString("name", {
      nullable: true,
      description: "The person or token, as events name it; null while nobody is asked.",
    }),
    role: t.field({
      type: ViewerRole,
      description: "What they may do; ADMIN while nobody is asked.",
      resolve: () => "ADMIN" as const,
    }),
  }),
});

builder.queryField("viewer", (t) =>
  t.field({ type: ViewerType, description: "Who asks, and what they may do.", resolve: (_, __, { actor }) => actor }),
);
