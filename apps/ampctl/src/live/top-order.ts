import type { JobStatus, Severity } from "../generated/api.ts";
import { datasetOf } from "../options/dataset.ts";
import type { TopJob } from "./top-job.ts";

/** An order of jobs: first what an operator looks for by it. */
export type TopOrder = {
  readonly name: string;
  readonly compare: (one: TopJob, other: TopJob) => number;
};

const SEVERITIES: readonly Severity[] = ["CRITICAL", "WARNING", "WAITING", "OK"];
const STATUSES: readonly JobStatus[] = ["STOPPING", "STOP_REQUESTED", "RUNNING", "SCHEDULED"];

/** In the order of the key that changes it; equal jobs stand newest first. */
export const TOP_ORDERS: readonly [TopOrder, ...TopOrder[]] = [
  { name: "newest", compare: () => 0 },
  { name: "worst health", compare: by(({ diagnosis }) => SEVERITIES.indexOf(diagnosis.severity)) },
  { name: "status", compare: by(({ status }) => STATUSES.indexOf(status)) },
  { name: "dataset", compare: (one, other) => compareText(datasetOf(one), datasetOf(other)) },
  { name: "slowest", compare: by(({ progress }) => progress.blocksPerSecond ?? Number.POSITIVE_INFINITY) },
  // What has no figure goes last.
  { name: "most behind", compare: by(({ progress }) => -Number(progress.lagBlocks ?? -1)) },
  { name: "longest to go", compare: by(({ progress }) => -(progress.eta?.latestSeconds ?? -1)) },
];

/** The one behind it; behind the last one the first. */
export function nextOrder(order: TopOrder): TopOrder {
  return TOP_ORDERS[(TOP_ORDERS.indexOf(order) + 1) % TOP_ORDERS.length] ?? TOP_ORDERS[0];
}

function by(figure: (job: TopJob) => number): TopOrder["compare"] {
  return (one, other) => {
    const [a, b] = [figure(one), figure(other)];
    // Two that are infinite have no difference.
    return a === b ? 0 : a - b;
  };
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
