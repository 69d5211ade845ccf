import type { DiagnosisInput } from "./diagnosis-input.ts";
import type { JobProgress } from "./job-progress.ts";
import type { Phase } from "./phase.ts";
import type { RunState } from "./run-state.ts";

/** What a diagnosis can come to, in the order in which they are tried: the first that holds is the one. */
export const VERDICTS = [
  "COMPLETED",
  "STOPPED",
  "CHAIN_MISMATCH",
  "FAILED",
  "OWNER_LOST",
  "STOP_OVERDUE",
  "STOPPING",
  "NO_PROVIDER",
  "WAITING_FOR_WORKER",
  "ENDPOINT_FAILING",
  "STORE_FAILING",
  "STALLED",
  "RETRYING",
  "QUEUED",
  "STARTING",
  "GAP",
  "BEHIND",
  "WAITING_FOR_HEAD",
  "RATE_LIMITED",
  "FOLLOWING",
  "HEALTHY",
] as const;

export type Verdict = (typeof VERDICTS)[number];

/** OK: nothing to do. WAITING: it goes on by itself. WARNING: have a look. CRITICAL: it does not go on without somebody. */
export const SEVERITIES = ["OK", "WAITING", "WARNING", "CRITICAL"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** One fact. The name ends in the unit where there is one: `lagSeconds`, `headBlock`. Times are ISO 8601, UTC. */
export type Evidence = { readonly name: string; readonly value: string };

/** How a job is, why, and what an operator can do. */
export type Diagnosis = {
  readonly verdict: Verdict;
  readonly severity: Severity;
  /** One sentence with the figures that decide. */
  readonly summary: string;
  readonly evidence: readonly Evidence[];
  /** Sentences that name the mutation or the command; empty when there is nothing to do. */
  readonly advice: readonly string[];
};

/** The input with what follows from it. */
export type Facts = DiagnosisInput & {
  readonly state: RunState;
  readonly progress: JobProgress;
  readonly phase: Phase;
  readonly stalledSince: Date | null;
  /** Of published blocks; null while unknown. */
  readonly lagSeconds: number | null;
};

/** What a rule says of a job; undefined when it does not hold. */
export type Finding = Omit<Diagnosis, "evidence"> & { readonly evidence: Readonly<Record<string, EvidenceValue>> };

export type EvidenceValue = string | number | bigint | Date | null;

/** Absent facts are left out. */
export function toEvidence(facts: Finding["evidence"]): Evidence[] {
  return Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [{ name, value: show(value) }]));
}

/** Whole seconds between two times, at least 0. */
export function secondsBetween(start: Date, end: Date): number {
  return Math.max(0, Math.round((end.getTime() - start.getTime()) / 1_000));
}

/** `3 attempts`, `1 file`. */
export function count(amount: number | bigint, noun: string): string {
  return `${amount} ${noun}${Number(amount) === 1 ? "" : "s"}`;
}

function show(value: string | number | bigint | Date): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : String(value);
}
