import type { JobStatus, Severity, Verdict } from "../generated/api.ts";
import { type Cell, cell } from "../output/cell.ts";
import type { Style } from "../output/paint.ts";

const STATUS_STYLES: Readonly<Record<JobStatus, Style | undefined>> = {
  SCHEDULED: "yellow",
  RUNNING: "cyan",
  STOP_REQUESTED: "yellow",
  STOPPING: "yellow",
  COMPLETED: "green",
  STOPPED: "dim",
  FAILED: "red",
};

const SEVERITY_STYLES: Readonly<Record<Severity, Style | undefined>> = {
  OK: "green",
  WAITING: "cyan",
  WARNING: "yellow",
  CRITICAL: "red",
};

export function statusCell(status: JobStatus): Cell {
  return cell(status, STATUS_STYLES[status]);
}

/** A diagnosis in a word or two. */
export function healthCell({ verdict, severity }: { readonly verdict: Verdict; readonly severity: Severity }): Cell {
  return cell(words(verdict), SEVERITY_STYLES[severity]);
}

export function severityStyle(severity: Severity): Style | undefined {
  return SEVERITY_STYLES[severity];
}

/** `RATE_LIMITED` as people say it. */
export function words(name: string): string {
  return name.toLowerCase().replaceAll("_", " ");
}
