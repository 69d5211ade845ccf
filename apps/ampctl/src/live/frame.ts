import { datasetOf } from "../options/dataset.ts";
import { type Cell, cell, NONE, styleOf, textOf } from "../output/cell.ts";
import { renderDetails } from "../output/details.ts";
import type { Paint } from "../output/paint.ts";
import { type Column, renderTable } from "../output/table.ts";
import { formatBytes, formatCount } from "../output/units.ts";
import { truncate } from "../output/width.ts";
import { healthCell, severityStyle, statusCell } from "../views/job-state.ts";
import { blocksText, doneShare, doneText, etaText, rateText } from "../views/progress.ts";
import { progressFields, TABLE_PROGRESS_COLUMNS, tableProgressRows } from "../views/progress-fields.ts";
import type { WatchedJob } from "./watched-jobs.ts";

export type FrameSize = { readonly width: number; readonly height: number };

const JOB_COLUMNS: readonly Column[] = [
  { header: "ID", align: "right" },
  { header: "DATASET", least: 10 },
  { header: "STATUS" },
  { header: "HEALTH", least: 8, dropAt: 4 },
  { header: "PROGRESS", dropAt: 6 },
  { header: "DONE", align: "right", dropAt: 1 },
  { header: "BLOCKS", dropAt: 3 },
  { header: "RATE", align: "right", dropAt: 5 },
  { header: "ETA", align: "right", dropAt: 2 },
  { header: "LAG", align: "right", dropAt: 7 },
  { header: "FILES", align: "right", dropAt: 9 },
  { header: "SIZE", align: "right", dropAt: 8 },
];

const BAR_WIDTH = 20;
const WIDE_BAR_WIDTH = 40;

/** A row of `JOB_COLUMNS`. */
function jobRow(job: WatchedJob): Cell[] {
  const { progress } = job;
  return [
    job.number,
    datasetOf(job),
    statusCell(job.status),
    healthCell(job.diagnosis),
    barText(job, BAR_WIDTH),
    doneText(progress),
    blocksText(progress),
    rateText(progress.blocksPerSecond),
    etaText(progress),
    progress.lagBlocks === null ? NONE : formatCount(progress.lagBlocks),
    formatCount(progress.filesCount),
    formatBytes(BigInt(progress.totalSizeBytes)),
  ];
}

/** What a terminal shows of jobs, no more lines than it has: one job in full, several as a table. */
export function renderFrame(
  jobs: readonly WatchedJob[],
  { size, paint, now }: { readonly size: FrameSize; readonly paint: Paint; readonly now: Date },
): string[] {
  const [first] = jobs;
  if (first === undefined) return [];
  const lines = jobs.length === 1 ? renderJob(first, { size, paint, now }) : renderJobs(jobs, { size, paint });
  // A line more would scroll the terminal.
  return lines.slice(0, Math.max(1, size.height - 1));
}

function renderJobs(jobs: readonly WatchedJob[], { size, paint }: { size: FrameSize; paint: Paint }): string[] {
  const room = Math.max(1, size.height - 3);
  const rows = jobs.slice(0, room).map(jobRow);
  const more = jobs.length - rows.length;
  return [
    ...renderTable(JOB_COLUMNS, rows, { width: size.width, paint }),
    ...(more > 0 ? [paint("dim", truncate(`… and ${more} more`, size.width))] : []),
  ];
}

function renderJob(job: WatchedJob, { size, paint, now }: { size: FrameSize; paint: Paint; now: Date }): string[] {
  const { progress, diagnosis, status, lastError } = job;
  const shown = statusCell(status);
  const title = `Job ${job.number}`;
  const room = Math.max(1, size.width - title.length - textOf(shown).length - 4);
  const layout = { width: size.width, paint, indent: 2 };
  const rows = tableProgressRows(progress);
  const failure = status === "FAILED" && lastError !== null ? `${lastError.code}: ${lastError.message}` : undefined;
  return [
    `${paint("bold", title)}  ${truncate(textOf(datasetOf(job)), room)}  ${paint(styleOf(shown), textOf(shown))}`,
    `  ${barText(job, Math.min(WIDE_BAR_WIDTH, Math.max(4, size.width - 12)))}  ${doneText(progress)}`,
    ...renderDetails(
      [
        ["Health", cell(failure ?? diagnosis.summary, severityStyle(diagnosis.severity))],
        ...progressFields(progress, now),
      ],
      layout,
    ),
    ...(rows.length === 0 ? [] : ["", ...renderTable(TABLE_PROGRESS_COLUMNS, rows, layout)]),
  ];
}

/** How much of the way is done, as a bar; of a job that follows the chain how near it is to the head. */
function barText({ progress }: WatchedJob, width: number): string {
  const share = doneShare(progress) ?? headShare(progress);
  if (share === undefined) return "░".repeat(width);
  const part = share.all <= 0n ? 1 : Number((share.done * 1_000n) / share.all) / 1_000;
  const full = Math.max(0, Math.min(width, Math.floor(part * width)));
  return "█".repeat(full) + "░".repeat(width - full);
}

function headShare({ startBlock, currentBlock, headBlock }: WatchedJob["progress"]) {
  if (headBlock === null) return undefined;
  if (startBlock === null || currentBlock === null) return { done: 0n, all: 1n };
  return { done: BigInt(currentBlock) - BigInt(startBlock) + 1n, all: BigInt(headBlock) - BigInt(startBlock) + 1n };
}
