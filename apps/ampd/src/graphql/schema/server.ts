import { readClock } from "../../store/clock.ts";
import { builder, MAX_NODES } from "../builder.ts";
import type { Context, ServerRole } from "../context.ts";
import { STATEMENT_COST, withCost } from "../limits/field-cost.ts";
import { MAX_SOCKET_OPERATIONS } from "../limits/operation-limits.ts";
import { PAGES } from "../page-sizes.ts";

const ROLES: Readonly<Record<ServerRole, { readonly value: ServerRole; readonly description: string }>> = {
  solo: { value: "solo", description: "It answers and works, and needs nothing beside it." },
  controller: { value: "controller", description: "It answers; workers are processes of their own." },
};

const ServerRoleEnum = builder.enumType("ServerRole", {
  description: "What a process that answers can be.",
  values: { SOLO: ROLES.solo, CONTROLLER: ROLES.controller },
});

const ServerLimits = builder.objectRef<Context>("ServerLimits").implement({
  description: "What the server takes of one client, and one operation; what is over a limit is refused.",
  fields: (t) => ({
    maxTokens: t.int({
      description: "Names, numbers and marks of a document.",
      resolve: ({ limits }) => limits.maxTokens,
    }),
    maxDepth: t.int({ description: "Fields within fields.", resolve: ({ limits }) => limits.maxDepth }),
    maxAliases: t.int({ description: "Aliases of a document.", resolve: ({ limits }) => limits.maxAliases }),
    maxCost: t.int({
      description: "What an operation may cost; every answer tells its own cost in `extensions.cost`.",
      resolve: ({ limits }) => limits.maxCost,
    }),
    maxPage: t.int({
      description: "Rows of one page, of lists that do not say otherwise.",
      resolve: () => PAGES.jobs.max,
    }),
    maxEventPage: t.int({ description: "Events of one page.", resolve: () => PAGES.events.max }),
    maxNodes: t.int({ description: "Ids that `nodes` takes.", resolve: () => MAX_NODES }),
    maxSubscriptionsPerConnection: t.int({
      description: "Operations that a WebSocket may have at once.",
      resolve: () => MAX_SOCKET_OPERATIONS,
    }),
  }),
});

const ServerType = builder.objectRef<Context>("Server").implement({
  description: "The process that answers.",
  fields: (t) => ({
    version: t.exposeString("version", { description: "Of ampd." }),
    nodeId: t.exposeString("nodeId", { description: "The process, as events name it." }),
    role: t.expose("role", { type: ServerRoleEnum, description: "What else it does." }),
    limits: t.field({ type: ServerLimits, description: "What it takes.", resolve: (context) => context }),
    time: t.field({
      type: "DateTime",
      description: "The database's time now, by which every time here was taken.",
      extensions: withCost({ own: STATEMENT_COST }),
      resolve: ({ database }) => readClock(database),
    }),
  }),
});

builder.queryField("server", (t) =>
  t.field({ type: ServerType, description: "The process that answers.", resolve: (_, __, context) => context }),
);
