import { endedFinding } from "./diagnosis-ended.ts";
import { failingFinding } from "./diagnosis-failing.ts";
import { type Diagnosis, type Facts, toEvidence } from "./diagnosis-finding.ts";
import type { DiagnosisInput } from "./diagnosis-input.ts";
import { ownerFinding } from "./diagnosis-owner.ts";
import { blockedFinding, queuedFinding } from "./diagnosis-queue.ts";
import { runFinding } from "./diagnosis-run.ts";
import { jobProgress } from "./job-progress.ts";
import { phaseOf } from "./phase.ts";
import { reportOfAttempt } from "./run-state.ts";
import { stalledSince } from "./stall.ts";
import { lagSeconds } from "./table-lag.ts";

/**
 * How a job is, why, and what an operator can do: the first verdict that holds, in the order of {@link VERDICTS}.
 * Of a job's last error code and message are shown, nothing else. Never throws.
 */
export function diagnose(input: DiagnosisInput): Diagnosis {
  const facts = toFacts(input);
  const finding =
    endedFinding(facts) ??
    ownerFinding(facts) ??
    blockedFinding(facts) ??
    failingFinding(facts) ??
    queuedFinding(facts) ??
    runFinding(facts);
  return { ...finding, evidence: toEvidence(finding.evidence) };
}

function toFacts(input: DiagnosisInput): Facts {
  const { job, tables, now, startBlock } = input;
  const { status, updatedAt, targetBlock } = job;
  const live = reportOfAttempt(job.attempt, input.live);
  const progress = jobProgress({ tables, targetBlock, live });
  const state = { now, status, updatedAt, startBlock, currentBlock: progress.currentBlock, targetBlock, live };
  return {
    ...input,
    state,
    progress,
    phase: phaseOf(state),
    stalledSince: stalledSince(state),
    lagSeconds: lagSeconds({ head: live?.headTimestamp ?? null, published: progress.currentTimestamp }),
  };
}
