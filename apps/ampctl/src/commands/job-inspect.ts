import { query } from "../client/graphql.ts";
import { requireFound } from "../client/not-found.ts";
import { getJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import { JobInspectDocument, type JobInspectQuery } from "../generated/api.ts";
import { datasetOf } from "../options/dataset.ts";
import { type Cell, cell, NONE, styleOf, textOf } from "../output/cell.ts";
import { type Field, renderDetails } from "../output/details.ts";
import type { Output } from "../output/output.ts";
import { renderTable } from "../output/table.ts";
import { formatDuration, formatTimeAndAge } from "../output/units.ts";
import { adviceText } from "../views/advice.ts";
import { failureFields } from "../views/failure-fields.ts";
import { severityStyle, statusCell, words } from "../views/job-state.ts";
import { progressFields, TABLE_PROGRESS_COLUMNS, tableProgressRows } from "../views/progress-fields.ts";

type Job = NonNullable<JobInspectQuery["job"]>;

const INDENT = 2;

/** `ampctl job inspect` */
export async function jobInspect({ server, output, io, isJson }: Context, _: object, id: bigint): Promise<undefined> {
  if (isJson) {
    output.rawJson(await getJsonText(server, `/jobs/${id}`));
    return;
  }
  const { job } = await query(server, JobInspectDocument, { number: String(id) });
  output.lines(toLines(requireFound(job, "job", id), output, io.now()));
}

function toLines(job: Job, { paint, width, title }: Output, now: Date): string[] {
  const layout = { width, paint, indent: INDENT };
  const part = (text: string) => ["", title(text)];
  const status = statusCell(job.status);
  const rows = tableProgressRows(job.progress);
  return [
    `${title(`Job ${job.number}`)}  ${paint(styleOf(status), textOf(status))}`,
    ...renderDetails(jobFields(job, now), layout),
    ...part("Diagnosis"),
    ...renderDetails(diagnosisFields(job), layout),
    ...part("Progress"),
    ...renderDetails(progressFields(job.progress, now), layout),
    ...(rows.length === 0 ? [] : ["", ...renderTable(TABLE_PROGRESS_COLUMNS, rows, layout)]),
    ...(job.lastError === null ? [] : [...part("Last error"), ...renderDetails(failureFields(job.lastError), layout)]),
  ];
}

function jobFields(job: Job, now: Date): Field[] {
  const { descriptor } = job;
  const time = (label: string, at: string | null): Field | undefined =>
    at === null ? undefined : [label, formatTimeAndAge(new Date(at), now)];
  const fields: (Field | undefined)[] = [
    ["Dataset", datasetOf(job)],
    ["Manifest", descriptor.manifestHash],
    ["End block", descriptor.endBlock ?? "none: it follows the chain"],
    ["Worker", workerCell(job)],
    ["Attempt", attemptText(job)],
    descriptor.parallelism === 1 ? undefined : ["Parallelism", String(descriptor.parallelism)],
    job.retryOf === null ? undefined : ["Retry of", `job ${job.retryOf}`],
    time("Created", job.createdAt),
    job.scheduledAt === job.createdAt ? undefined : time("Scheduled", job.scheduledAt),
    time("Started", job.startedAt),
    time("Next attempt", job.nextAttemptAt),
    time("Stop asked", job.stopRequestedAt),
    time("Stop deadline", job.stopDeadline),
    time("Ended", job.endedAt),
    tookField(job),
    ["Actions", job.allowedActions.map(words).join(", ") || NONE],
  ];
  return fields.filter((field) => field !== undefined);
}

function workerCell({ nodeId, descriptor }: Job): Cell {
  if (descriptor.nodeSelector === null) return nodeId ?? NONE;
  return `${nodeId ?? "–"} (only ${descriptor.nodeSelector})`;
}

function attemptText({ attempt, failures }: Job): string {
  return failures === 0 ? String(attempt) : `${attempt} (${failures} in a row came to nothing)`;
}

function tookField({ startedAt, endedAt }: Job): Field | undefined {
  if (startedAt === null || endedAt === null) return undefined;
  return ["Took", formatDuration((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)];
}

function diagnosisFields({ number, diagnosis: { verdict, severity, summary, advice, evidence } }: Job): Field[] {
  const style = severityStyle(severity);
  const health = `${words(verdict)} (${words(severity)})`;
  return [
    ["Health", cell(health, style)],
    ["Summary", summary],
    ...(advice.length === 0
      ? []
      : [["To do", advice.map((sentence) => `→ ${adviceText(sentence, number)}`)] satisfies Field]),
    ...(evidence.length === 0
      ? []
      : [["Evidence", evidence.map(({ name, value }) => `${name} = ${value}`)] satisfies Field]),
  ];
}
