import { z } from "zod";
import { WorkerNotFoundError } from "../../domain/errors.ts";
import { document, type Listed } from "../document.ts";
import { type Route, route } from "../route.ts";
import { time, toTime } from "../wire.ts";
import { workerId } from "./parameters.ts";

/** What Amp says of a build that it knows nothing of; ours is known by its version alone. */
const UNKNOWN = "unknown";
const EXAMPLE_TIME = "2026-11-24T10:00:00.000000+00:00";

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
  tag: "workers",
  name: "listWorkers",
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
      schema: z
        .strictObject({ workers: z.array(z.strictObject({ node_id: z.string(), heartbeat_at: time })) })
        .meta({ id: "Workers" }),
      example: { workers: [{ node_id: "worker-1", heartbeat_at: EXAMPLE_TIME }] },
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

const workerDetail = z
  .strictObject({
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
  })
  .meta({ id: "Worker" });

const getWorker = route({
  method: "GET",
  path: "/workers/:id",
  tag: "workers",
  name: "getWorker",
  summary: "One worker.",
  params: { id: workerId },
  document: document<{ worker: WorkerData | null }>(`
    query Worker($nodeId: String!) {
      worker(nodeId: $nodeId) { nodeId version createdAt registeredAt heartbeatAt }
    }
  `),
  answers: {
    200: {
      description: "The worker.",
      schema: workerDetail,
      example: {
        node_id: "worker-1",
        info: { version: "0.1.0", commit_sha: UNKNOWN, commit_timestamp: UNKNOWN, build_date: UNKNOWN },
        created_at: EXAMPLE_TIME,
        registered_at: EXAMPLE_TIME,
        heartbeat_at: EXAMPLE_TIME,
      },
    },
  },
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
