import { builder } from "../builder.ts";
import type { Services } from "../context.ts";

const ServerType = builder.objectRef<Services>("Server").implement({
  description: "The process that answers.",
  fields: (t) => ({
    version: t.exposeString("version", { description: "Of ampd." }),
    nodeId: t.exposeString("nodeId", { description: "The process, as events name it." }),
  }),
});

builder.queryField("server", (t) =>
  t.field({ type: ServerType, description: "The process that answers.", resolve: (_, __, context) => context }),
);
