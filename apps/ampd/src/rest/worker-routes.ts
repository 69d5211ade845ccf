import { z } from "zod";
import { WorkerNotFoundError } from "../domain/errors.ts";
import { workerId } from "./parameters.ts";
import { document, type Listed, type Route, route } from "./route.ts";
import { time, toTime } from "./wire.ts";

/** What Amp says of a build that it knows nothing of; ours is known by its version alone. */
const UNKNOWN = "unknown";

type WorkerData = {
  readonly nodeId: string;
  readonly version: string;
  readonly createdAt: string;
  readonly registeredAt: string;
  readonly heartbeatAt: string;
};

const listWorkers = route({
  method: "GET",
  path: "/workers",
  summary: "Every worker, by node id.",
  document: document<Listed<"workers", Pick<WorkerData, "nodeId" | "heartbeatAt">>>(`
    query Workers($after: String) {
      workers(first: 1000, after: $after) { nodes { nodeId heartbeatAt } pageInfo { hasNextPage endCursor } }
    }
  `),
  list: "workers",
  answers: {
    200: {
      description: "The workers.",
      schema: z.strictObject({ workers: z.array(z.strictObject({ node_id: z.string(), heartbeat_at: time })) }),
    },
  },
  refusals: {},
  variables: () => ({}),
  success: ({ workers: { nodes } }) => ({
    status: 200,
    body: {
      workers: nodes.map(({ nodeId, heartbeatAt }) => ({ node_id: nodeId, heartbeat_at: toTime(heartbeatAt) })),
    },
  }),
});

const workerDetail = z.strictObject({
  node_id: z.string(),
  info: z.strictObject({
    version: z.string(),
    commit_sha: z.string(),
    commit_timestamp: z.string(),
    build_date: z.string(),
  }),
  created_at: time,
  registered_at: time,
  heartbeat_at: time,
});

const getWorker = route({
  method: "GET",
  path: "/workers/:id",
  summary: "One worker.",
  params: { id: workerId },
  document: document<{ worker: WorkerData | null }>(`
    query Worker($nodeId: String!) {
      worker(nodeId: $nodeId) { nodeId version createdAt registeredAt heartbeatAt }
    }
  `),
  answers: { 200: { description: "The worker.", schema: workerDetail } },
  refusals: { WORKER_NOT_FOUND: "WORKER_NOT_FOUND" },
  variables: ({ params }) => ({ nodeId: params.id }),
  success: ({ worker }, { params }) => {
    if (worker === null) throw new WorkerNotFoundError(params.id);
    return { status: 200, body: toWorkerDetail(worker) };
  },
});

export const WORKER_ROUTES: readonly Route[] = [listWorkers, getWorker];

function toWorkerDetail(worker: WorkerData): z.infer<typeof workerDetail> {
  return {
    node_id: worker.nodeId,
    info: { version: worker.version, commit_sha: UNKNOWN, commit_timestamp: UNKNOWN, build_date: UNKNOWN },
    created_at: toTime(worker.createdAt),
    registered_at: toTime(worker.registeredAt),
    heartbeat_at: toTime(worker.heartbeatAt),
  };
}
