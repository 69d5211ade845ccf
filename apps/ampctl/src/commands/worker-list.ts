import { allPages } from "../client/all-pages.ts";
import { query } from "../client/graphql.ts";
import { getJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import { WorkerListDocument } from "../generated/api.ts";
import type { Column } from "../output/table.ts";
import { formatAge } from "../output/units.ts";
import { workerStateCell } from "../views/worker.ts";

const COLUMNS: readonly Column[] = [
  { header: "WORKER", least: 8 },
  { header: "STATE" },
  { header: "CAPACITY", align: "right", dropAt: 2 },
  { header: "HEARTBEAT", align: "right", dropAt: 1 },
  { header: "UP", align: "right", dropAt: 3 },
  { header: "VERSION", dropAt: 4 },
];

/** `ampctl worker list` */
export async function workerList({ server, output, io, isJson }: Context): Promise<undefined> {
  if (isJson) {
    output.rawJson(await getJsonText(server, "/workers"));
    return;
  }
  const workers = await allPages(async (after) => (await query(server, WorkerListDocument, { after })).workers);
  const now = io.now();
  const rows = workers.map((worker) => [
    worker.nodeId,
    workerStateCell(worker),
    String(worker.capacity),
    `${formatAge(new Date(worker.heartbeatAt), now)} ago`,
    worker.isAlive ? formatAge(new Date(worker.registeredAt), now) : "–",
    worker.version,
  ]);
  output.table(COLUMNS, rows, "no worker was ever seen: start ampd solo, or ampd worker");
}
