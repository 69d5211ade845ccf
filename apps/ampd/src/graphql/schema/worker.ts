import { WorkerNotFoundError } from "../../domain/errors.ts";
import { findWorker, requestDrain, type WorkerRow } from "../../store/worker.ts";
import { countWorkers, findWorkers, pageWorkers } from "../../store/worker-page.ts";
import { builder } from "../builder.ts";
import { nameCursors } from "../cursor.ts";
import { STATEMENT_COST, withCost } from "../limits/field-cost.ts";
import { loadInOrder } from "../load-nodes.ts";
import { nodesOf, parsePage, toConnection } from "../page.ts";
import { describePage, PAGES } from "../page-sizes.ts";

const CURSORS = nameCursors("workers by node id");
const keyOf = ({ nodeId }: WorkerRow) => nodeId;

const WorkerType = builder.objectRef<WorkerRow>("Worker");

builder.node(WorkerType, {
  description: "A process that runs jobs.",
  id: { resolve: ({ nodeId }) => nodeId },
  loadMany: (ids, { database }) =>
    loadInOrder(ids, { parse: (id) => id, read: (nodeIds) => findWorkers(database, nodeIds), idOf: keyOf }),
  fields: (t) => ({
    nodeId: t.exposeString("nodeId", { description: "Its name, chosen by its operator." }),
    version: t.exposeString("version", { description: "Of ampd." }),
    isAlive: t.exposeBoolean("isAlive", { description: "Whether it holds its lease." }),
    capacity: t.exposeInt("capacity", { description: "Jobs that it runs at once, at most." }),
    isDraining: t.exposeBoolean("draining", { description: "It takes no new jobs and hands over those it has." }),
    leaseUntil: t.expose("leaseUntil", {
      type: "DateTime",
      description: "It owns its jobs until then; renewed every second.",
    }),
    heartbeatAt: t.expose("heartbeatAt", { type: "DateTime", description: "When it renewed its lease last." }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When this node id was first seen." }),
    registeredAt: t.expose("registeredAt", {
      type: "DateTime",
      description: "When the present process took the node id.",
    }),
  }),
});

builder.queryFields((t) => ({
  workers: t.connection(
    {
      type: WorkerType,
      description: `Workers by node id, also those that are gone; ${describePage(PAGES.names)}`,
      resolve: async (_, args, { database }) => {
        const page = parsePage(args, PAGES.names, CURSORS);
        const rows = await pageWorkers(database, { ...page, limit: page.limit + 1 });
        return { ...toConnection(rows, page, { cursors: CURSORS, keyOf }), countAll: () => countWorkers(database) };
      },
    },
    {
      name: "WorkerConnection",
      description: "A page of workers.",
      fields: (connection) => ({
        totalCount: connection.int({
          description: "Workers on all pages.",
          extensions: withCost({ own: STATEMENT_COST }),
          resolve: ({ countAll }) => countAll(),
        }),
        nodes: connection.field({ type: [WorkerType], resolve: ({ edges }) => nodesOf(edges) }),
      }),
    },
    { name: "WorkerEdge", description: "A worker and its cursor." },
  ),
  worker: t.field({
    type: WorkerType,
    nullable: true,
    description: "One worker by its node id; null when there is none.",
    args: { nodeId: t.arg.string({ required: true }) },
    resolve: (_, { nodeId }, { database }) => findWorker(database, nodeId),
  }),
}));

const DrainWorkerPayload = builder.objectRef<{ worker: WorkerRow; changed: boolean }>("DrainWorkerPayload").implement({
  description: "What `drainWorker` did.",
  fields: (t) => ({
    worker: t.expose("worker", { type: WorkerType, description: "As it is now." }),
    changed: t.exposeBoolean("changed", { description: "False when it drains already, or is not alive." }),
  }),
});

const DrainWorkerInput = builder.inputType("DrainWorkerInput", {
  description: "What `drainWorker` is given.",
  fields: (t) => ({
    nodeId: t.string({ required: true, description: "The worker's name." }),
    reason: t.string({ description: "Kept in the server's log." }),
  }),
});

builder.mutationField("drainWorker", (t) =>
  t.field({
    type: DrainWorkerPayload,
    description:
      "Asks a worker to leave in good order, as SIGTERM does: it takes no new jobs, publishes what is in hand, hands its jobs over, signs off, and its process ends; the server of `ampd solo` goes on without a worker.",
    args: { input: t.arg({ type: DrainWorkerInput, required: true }) },
    errors: {
      types: [WorkerNotFoundError],
      directResult: true,
      union: { name: "DrainWorkerResult", description: "What `drainWorker` answers." },
    },
    resolve: async (_, { input: { nodeId, reason } }, { database, log, requestId }) => {
      const drained = await requestDrain(database, nodeId);
      const { changed } = drained;
      log.info({ worker: nodeId, reason: reason ?? null, changed, requestId }, "a worker was asked to drain");
      return drained;
    },
  }),
);
