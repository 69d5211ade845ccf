import { query } from "../client/graphql.ts";
import { cursorBelow } from "../client/job-position.ts";
import { getJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import { type JobFilter, JobInfoListDocument, JobListDocument, type JobListQuery } from "../generated/api.ts";
import { type DatasetReference, datasetOf } from "../options/dataset.ts";
import { toJobFilter } from "../options/job-selection.ts";
import type { StatusChoice } from "../options/job-status.ts";
import { type Cell, NONE } from "../output/cell.ts";
import type { Column } from "../output/table.ts";
import { formatAge } from "../output/units.ts";
import { toJobInfo } from "../views/job-info.ts";
import { healthCell, statusCell } from "../views/job-state.ts";
import { blocksText, doneText, etaText, rateText } from "../views/progress.ts";

export type JobListOptions = {
  readonly limit: number;
  readonly after?: bigint;
  readonly status: StatusChoice;
  readonly dataset?: DatasetReference;
  readonly worker?: string;
  readonly since?: string;
};

type Job = JobListQuery["jobs"]["nodes"][number];

const COLUMNS: readonly Column[] = [
  { header: "ID", align: "right" },
  { header: "DATASET", least: 10 },
  { header: "STATUS" },
  { header: "HEALTH", least: 8, dropAt: 2 },
  { header: "BLOCKS", dropAt: 3 },
  { header: "DONE", align: "right", dropAt: 1 },
  { header: "RATE", align: "right", dropAt: 5 },
  { header: "ETA", align: "right", dropAt: 4 },
  { header: "WORKER", least: 6, dropAt: 6 },
  { header: "AGE", align: "right", dropAt: 7 },
];

/** `ampctl job list` */
export async function jobList(context: Context, options: JobListOptions): Promise<undefined> {
  const filter = toJobFilter(options, context.io.now());
  if (context.isJson) context.output.rawJson(await readJson(context, options, filter));
  else await showTable(context, options, filter);
}

/** REST's own body; where REST has no such filter, the same document made of the same rows. */
async function readJson({ server }: Context, options: JobListOptions, filter: JobFilter): Promise<string> {
  const { limit, after, status, dataset, worker, since } = options;
  if (dataset === undefined && worker === undefined && since === undefined) {
    const parameters = new URLSearchParams({ limit: String(limit), status: status.words });
    if (after !== undefined) parameters.set("last_job_id", String(after));
    return getJsonText(server, `/jobs?${parameters}`);
  }
  const { jobs } = await query(server, JobInfoListDocument, await pageOf(server, options, filter));
  return toJobInfo(jobs.nodes);
}

async function pageOf(server: Context["server"], { limit, after }: JobListOptions, filter: JobFilter) {
  return { first: limit, after: after === undefined ? null : await cursorBelow(server, after), filter };
}

async function showTable(context: Context, options: JobListOptions, filter: JobFilter): Promise<undefined> {
  const { server, output, io } = context;
  const { jobs } = await query(server, JobListDocument, await pageOf(server, options, filter));
  const now = io.now();
  output.table(
    COLUMNS,
    jobs.nodes.map((job) => toRow(job, now)),
    whenEmpty(options),
  );
  const last = jobs.nodes.at(-1);
  if (last === undefined || !jobs.pageInfo.hasNextPage) return;
  const total = `${jobs.isTotalCountExact ? "" : "more than "}${jobs.totalCount}`;
  output.note(`${jobs.nodes.length} of ${total} jobs; the next ones: --after ${last.number}`);
}

function toRow(job: Job, now: Date): Cell[] {
  return [
    job.number,
    datasetOf(job),
    statusCell(job.status),
    healthCell(job.diagnosis),
    blocksText(job.progress),
    doneText(job.progress),
    rateText(job.progress.blocksPerSecond),
    etaText(job.progress),
    job.nodeId ?? NONE,
    formatAge(new Date(job.createdAt), now),
  ];
}

function whenEmpty({ status, after }: JobListOptions): string {
  if (after !== undefined) return "no more jobs";
  return status.words === "all" ? "no jobs" : `no jobs with status ${status.words}; --status all shows every job`;
}
