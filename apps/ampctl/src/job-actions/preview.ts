import type { JobAction, JobSkipReason, JobStatus, PlannedJobFragment } from "../generated/api.ts";
import { datasetOf } from "../options/dataset.ts";
import { isTerminal } from "../options/job-status.ts";
import { NONE } from "../output/cell.ts";
import { escapeControls } from "../output/escape.ts";
import type { Output } from "../output/output.ts";
import type { Column } from "../output/table.ts";
import { formatCount } from "../output/units.ts";
import { statusCell } from "../views/job-state.ts";
import { ACTION_WORDS } from "./outcome.ts";
import type { Plan } from "./planned.ts";

/** What is about to be done, to how many jobs, and what is left out. */
export type Preview = {
  readonly total: number;
  readonly counts: readonly { readonly status: JobStatus; readonly count: number }[];
  /** Some of the jobs, or all. */
  readonly sample: readonly PlannedJobFragment[];
  readonly skipped: readonly Skipped[];
};

type SkipReason = JobSkipReason | "NOT_FOUND";
/** Jobs that are left out, the numbers of some of them. */
export type Skipped = { readonly reason: SkipReason; readonly count: number; readonly ids: readonly bigint[] };

const SKIP_WORDS: Readonly<Record<SkipReason, string>> = {
  ALREADY_ENDED: "ended already",
  ALREADY_STOPPING: "stopping already",
  NOT_ENDED: "not ended: to be stopped first",
  NEWER_JOB: "their tables have a newer job",
  NOT_FOUND: "not there",
};

const COLUMNS: readonly Column[] = [
  { header: "ID", align: "right" },
  { header: "DATASET", least: 10 },
  { header: "STATUS" },
  { header: "WORKER", least: 6, dropAt: 1 },
];

export function previewOfPlan({ total, countsByStatus, sample, skipped }: Plan): Preview {
  return {
    total,
    counts: countsByStatus,
    sample,
    skipped: skipped.map(({ reason, count, sample }) => ({ reason, count, ids: sample.map(idOf) })),
  };
}

/** Of jobs that were named; those that are not there are null. */
export function previewOfNamed(
  action: JobAction,
  named: readonly (readonly [id: bigint, job: PlannedJobFragment | null])[],
): Preview {
  const sample: PlannedJobFragment[] = [];
  const skipped = new Map<SkipReason, bigint[]>();
  const counts = new Map<JobStatus, number>();
  for (const [id, job] of named) {
    if (job?.allowedActions.includes(action) === true) {
      sample.push(job);
      counts.set(job.status, (counts.get(job.status) ?? 0) + 1);
    } else {
      const reason = job === null ? "NOT_FOUND" : skipReason(action, job.status);
      skipped.set(reason, [...(skipped.get(reason) ?? []), id]);
    }
  }
  return {
    total: sample.length,
    counts: [...counts].map(([status, count]) => ({ status, count })),
    sample,
    skipped: [...skipped].map(([reason, ids]) => ({ reason, count: ids.length, ids })),
  };
}

function skipReason(action: JobAction, status: JobStatus): SkipReason {
  if (action !== "STOP") return "NOT_ENDED";
  return isTerminal(status) ? "ALREADY_ENDED" : "ALREADY_STOPPING";
}

export function showPreview(output: Output, action: JobAction, { total, counts, sample, skipped }: Preview): void {
  const { verb } = ACTION_WORDS[action];
  if (total === 0) {
    output.lines([`no job to ${verb}`]);
  } else {
    const byStatus = counts.map(({ status, count }) => `${formatCount(count)} ${status}`).join(", ");
    output.lines([escapeControls(`to ${verb}: ${countOf(total)} (${byStatus})`)]);
    output.table(COLUMNS, sample.map(toRow), "");
    if (total > sample.length) output.lines([`… and ${formatCount(total - sample.length)} more`]);
  }
  output.lines(skippedLines(skipped));
}

function toRow(job: PlannedJobFragment) {
  return [job.number, datasetOf(job), statusCell(job.status), job.nodeId ?? NONE];
}

/** One line for each reason. */
export function skippedLines(skipped: readonly Skipped[]): string[] {
  return skipped.map(({ reason, count, ids }) => {
    const more = count > ids.length ? ", …" : "";
    const why = SKIP_WORDS[reason] ?? escapeControls(reason);
    return `left out: ${countOf(count)}, ${why} (${ids.join(", ")}${more})`;
  });
}

export function previewJson(action: JobAction, { total, counts, sample, skipped }: Preview): object {
  return {
    action,
    dry_run: true,
    total,
    counts: Object.fromEntries(counts.map(({ status, count }) => [status, count])),
    sample: sample.map((job) => ({
      id: BigInt(job.number),
      dataset: datasetOf(job),
      status: job.status,
      node_id: job.nodeId ?? "",
    })),
    skipped,
  };
}

/** `1 job`, `2,000 jobs` */
export function countOf(count: number): string {
  return count === 1 ? "1 job" : `${formatCount(count)} jobs`;
}

function idOf({ number }: { readonly number: string }): bigint {
  return BigInt(number);
}
