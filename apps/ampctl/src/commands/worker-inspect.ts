import { query } from "../client/graphql.ts";
import { requireFound } from "../client/not-found.ts";
import { getJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import { WorkerInspectDocument } from "../generated/api.ts";
import { datasetOf } from "../options/dataset.ts";
import { parseStatuses } from "../options/job-status.ts";
import { type Field, renderDetails } from "../output/details.ts";
import { type Column, renderTable } from "../output/table.ts";
import { formatTimeAndAge } from "../output/units.ts";
import { healthCell, statusCell } from "../views/job-state.ts";
import { workerStateCell } from "../views/worker.ts";

const JOB_COLUMNS: readonly Column[] = [
  { header: "JOB", align: "right" },
  { header: "DATASET", least: 10 },
  { header: "STATUS" },
  { header: "HEALTH", dropAt: 1 },
];

/** `ampctl worker inspect` */
export async function workerInspect(
  { server, output, io, isJson }: Context,
  _: object,
  nodeId: string,
): Promise<undefined> {
  if (isJson) {
    output.rawJson(await getJsonText(server, `/workers/${encodeURIComponent(nodeId)}`));
    return;
  }
  const filter = { nodeId, status: [...parseStatuses("active").statuses] };
  const answer = await query(server, WorkerInspectDocument, { nodeId, filter });
  const worker = requireFound(answer.worker, "worker", nodeId);
  const jobs = answer.jobs.nodes;
  const now = io.now();
  const time = (at: string) => formatTimeAndAge(new Date(at), now);
  const fields: Field[] = [
    ["State", workerStateCell(worker)],
    ["Jobs", `${jobs.length} of ${worker.capacity}`],
    ["Version", worker.version],
    ["Heartbeat", time(worker.heartbeatAt)],
    ["Lease until", time(worker.leaseUntil)],
    ["Started", time(worker.registeredAt)],
    ["First seen", time(worker.createdAt)],
  ];
  const rows = jobs.map((job) => [job.number, datasetOf(job), statusCell(job.status), healthCell(job.diagnosis)]);
  const layout = { width: output.width, paint: output.paint, indent: 2 };
  output.lines([
    output.title(`Worker ${nodeId}`),
    ...renderDetails(fields, layout),
    ...(rows.length === 0 ? [] : ["", ...renderTable(JOB_COLUMNS, rows, layout)]),
  ]);
}
