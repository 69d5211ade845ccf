import { datasetOf } from "../options/dataset.ts";
import { type Cell, NONE, styleOf, textOf } from "../output/cell.ts";
import { escapeControls } from "../output/escape.ts";
import type { Paint } from "../output/paint.ts";
import { type Column, renderTable } from "../output/table.ts";
import { formatAge, formatCount } from "../output/units.ts";
import { truncate, widthOf } from "../output/width.ts";
import { healthCell, statusCell, words } from "../views/job-state.ts";
import { blocksText, doneText, etaText, rateText } from "../views/progress.ts";
import { workerStateCell } from "../views/worker.ts";
import { eventLine } from "./event-line.ts";
import type { TopJob } from "./top-job.ts";
import { shownJobs, type TopState } from "./top-state.ts";

export type TopFrameOptions = {
  readonly width: number;
  readonly height: number;
  readonly paint: Paint;
  readonly now: Date;
  /** Of the server, for the title. */
  readonly url: string;
};

/** Of the lines between title and footer, what workers and events get at most. */
const BESIDE_SHARE = 0.4;
const MAX_EVENTS = 5;
const GUTTER = 2;

const JOB_COLUMNS: readonly Column[] = [
  { header: "ID", align: "right" },
  { header: "DATASET", least: 12 },
  { header: "STATUS" },
  { header: "HEALTH", least: 12, dropAt: 4 },
  { header: "DONE", align: "right", dropAt: 1 },
  { header: "BLOCKS", dropAt: 3 },
  { header: "RATE", align: "right", dropAt: 5 },
  { header: "ETA", align: "right", dropAt: 2 },
  { header: "LAG", align: "right", dropAt: 7 },
  { header: "WORKER", least: 6, dropAt: 6 },
];

const WORKER_COLUMNS: readonly Column[] = [
  { header: "WORKER", least: 8 },
  { header: "STATE" },
  { header: "JOBS", align: "right", dropAt: 1 },
  { header: "HEARTBEAT", align: "right", dropAt: 2 },
  { header: "VERSION", dropAt: 3 },
];

const HELP = "↑↓ select   s stop   o order   / filter   q quit";

/** The whole screen, exactly as many lines as it has; none is wider, from 40 columns on. */
export function renderTop(state: TopState, options: TopFrameOptions): string[] {
  const { width, height, paint } = options;
  const body = Math.max(0, height - 2);
  const beside = renderBeside(state, options, Math.floor(body * BESIDE_SHARE));
  const room = Math.max(0, body - beside.length);
  const jobs = renderJobs(state, options, room);
  const lines = [...jobs, ...Array<string>(Math.max(0, room - jobs.length)).fill(""), ...beside].slice(0, body);
  const title = paint("bold", truncate(titleText(state, options), width));
  return [title, ...lines, renderFooter(state, options)].slice(-Math.max(1, height));
}

function titleText({ jobs, total, order, filter, mode }: TopState, { url }: TopFrameOptions): string {
  const counts = new Map<string, number>();
  for (const { status } of jobs) counts.set(status, (counts.get(status) ?? 0) + 1);
  const statuses = [...counts].map(([status, count]) => `${formatCount(count)} ${words(status)}`);
  return [
    "ampctl top",
    escapeControls(url),
    jobs.length === 0 ? "no active jobs" : statuses.join(", "),
    ...(total === undefined ? [] : [`the newest ${formatCount(jobs.length)} of ${total} active jobs`]),
    `by ${order.name}`,
    ...(filter === "" && mode.kind !== "filter" ? [] : [`/${escapeControls(filter)}`]),
  ].join("  ");
}

/** Rows around the one that is selected, which has a mark before it. */
function renderJobs(state: TopState, { width, paint }: TopFrameOptions, room: number): string[] {
  const jobs = shownJobs(state);
  if (jobs.length === 0) {
    const text = state.jobs.length === 0 ? "no active jobs" : "no job is like that: Esc shows all";
    return [paint("dim", truncate(`  ${text}`, width))].slice(0, room);
  }
  const rows = Math.max(1, room - 1);
  const place = jobs.findIndex(({ number }) => number === state.selected);
  const first = Math.max(0, Math.min(place - Math.floor(rows / 2), jobs.length - rows));
  const shown = jobs.slice(first, first + rows);
  const lines = renderTable(JOB_COLUMNS, shown.map(jobRow), { width: width - GUTTER, paint });
  // The first line is of headers.
  return lines.map((line, at) => (at > 0 && at - 1 + first === place ? `${paint("bold", "›")} ${line}` : `  ${line}`));
}

function jobRow(job: TopJob): Cell[] {
  const { progress } = job;
  return [
    job.number,
    datasetOf(job),
    statusCell(job.status),
    healthCell(job.diagnosis),
    doneText(progress),
    blocksText(progress),
    rateText(progress.blocksPerSecond),
    etaText(progress),
    progress.lagBlocks === null ? NONE : formatCount(progress.lagBlocks),
    job.nodeId ?? NONE,
  ];
}

/** Workers, and below them what happened last. */
function renderBeside(state: TopState, options: TopFrameOptions, room: number): string[] {
  const { width, paint } = options;
  const workers = renderWorkers(state, options, room);
  const left = Math.min(MAX_EVENTS, room - workers.length - 1);
  const events = left <= 0 ? [] : state.events.slice(-left);
  const lines = events.map((event) => {
    // Paint does not survive cutting.
    const text = eventLine(event, (_, plain) => plain);
    return paint("dim", truncate(`  ${text}`, width));
  });
  return [...workers, ...(lines.length === 0 ? [] : ["", ...lines])].slice(0, Math.max(0, room));
}

function renderWorkers({ workers, jobs }: TopState, { width, paint, now }: TopFrameOptions, room: number): string[] {
  if (workers.length === 0) return ["", paint("yellow", truncate("  no worker was ever seen", width))];
  // Those that are gone last.
  const sorted = workers.toSorted((one, other) => Number(other.isAlive) - Number(one.isAlive));
  // One line is empty, one of headers, and one tells of those that do not fit.
  const places = room - 2;
  const fitting = sorted.length <= places ? sorted : sorted.slice(0, Math.max(0, places - 1));
  const rows = fitting.map((worker): Cell[] => [
    worker.nodeId,
    workerStateCell(worker),
    `${jobs.filter(({ nodeId }) => nodeId === worker.nodeId).length} of ${worker.capacity}`,
    `${formatAge(new Date(worker.heartbeatAt), now)} ago`,
    worker.version,
  ]);
  const more = sorted.length - fitting.length;
  if (rows.length === 0) return ["", paint("dim", truncate(`  ${more} workers`, width))];
  const table = renderTable(WORKER_COLUMNS, rows, { width: width - GUTTER, paint });
  return [
    "",
    ...table.map((line) => `  ${line}`),
    ...(more > 0 ? [paint("dim", truncate(`  … and ${more} more`, width))] : []),
  ];
}

/** A question, what there is to say, or which keys there are. */
function renderFooter({ mode, remark, said, filter }: TopState, { width, paint }: TopFrameOptions): string {
  if (mode.kind === "confirm") {
    const { job } = mode;
    const shown = statusCell(job.status);
    const question = truncate(`Stop job ${job.number} of ${textOf(datasetOf(job))}? y/N `, width);
    const state = textOf(shown);
    const fits = widthOf(question) + widthOf(state) <= width;
    return paint("yellow", question) + (fits ? paint(styleOf(shown), state) : "");
  }
  if (remark !== "") return paint("red", truncate(escapeControls(remark), width));
  if (mode.kind === "filter") {
    return truncate(`/${escapeControls(filter)}█   Enter keeps it, Esc shows all`, width);
  }
  if (said !== "") return paint("yellow", truncate(escapeControls(said), width));
  return paint("dim", truncate(HELP, width));
}
