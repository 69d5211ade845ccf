import { count, type Facts, type Finding, secondsBetween, type Verdict } from "./diagnosis-finding.ts";
import { isBackingOff } from "./diagnosis-queue.ts";

/** Which verdict an attempt's error leads to; any other one to RETRYING. */
const VERDICT_OF_ERROR: Readonly<Record<string, "ENDPOINT_FAILING" | "STORE_FAILING">> = {
  ENDPOINT_FAILING: "ENDPOINT_FAILING",
  BAD_CHAIN_DATA: "ENDPOINT_FAILING",
  STORAGE_FAILING: "STORE_FAILING",
};

/** Of an attempt that stands still, or of attempts that came to nothing. */
export function failingFinding(facts: Facts): Finding | undefined {
  if (facts.job.status === "RUNNING" && facts.stalledSince !== null) return stalledFinding(facts, facts.stalledSince);
  return isFailing(facts) ? retryFinding(facts) : undefined;
}

function isFailing(facts: Facts): boolean {
  const { status, failures } = facts.job;
  return isBackingOff(facts) || (failures > 0 && (status === "SCHEDULED" || status === "RUNNING"));
}

function stalledFinding(facts: Facts, since: Date): Finding {
  const { job, now } = facts;
  const live = facts.state.live;
  const waitsFor = live?.waitsFor ?? null;
  const verdict = waitsFor === "ENDPOINT" ? "ENDPOINT_FAILING" : waitsFor === "STORE" ? "STORE_FAILING" : "STALLED";
  const what = live === undefined ? "has reported nothing" : "has not advanced";
  const cause = waitsFor === null || waitsFor === "NOTHING" ? "" : `, and waits for ${waitsFor}`;
  return {
    verdict,
    severity: "WARNING",
    summary: `Attempt ${job.attempt} on worker ${job.nodeId} ${what} for ${secondsBetween(since, now)} s${cause}.`,
    evidence: {
      stalledSince: since,
      stalledSeconds: secondsBetween(since, now),
      waitsFor,
      reportedAt: live?.reportedAt ?? null,
      ...failureEvidence(facts),
    },
    advice: [
      ...adviceOn(verdict, facts),
      `Look into the log of worker ${job.nodeId}; after \`--job-watchdog\` it gives the attempt up and tries again.`,
      "To end it now, call `stopJob`; `retryJob` then goes on from what is published.",
    ],
  };
}

function retryFinding(facts: Facts): Finding {
  const { job } = facts;
  const found = VERDICT_OF_ERROR[job.lastError?.code ?? ""] ?? "RETRYING";
  const isAdvancing = job.status === "RUNNING" && (facts.state.live?.blocksPerSecond ?? 0) > 0;
  const verdict = isAdvancing ? "RETRYING" : found;
  return {
    verdict,
    severity: "WARNING",
    summary: `${countOf(facts)}: ${nextOf(facts)}${errorOf(facts)}.`,
    evidence: failureEvidence(facts),
    advice: [
      ...adviceOn(verdict, facts),
      "It is tried again by itself, at last once in 5 minutes, until `--max-attempts` in a row have come to nothing.",
      "To give it up, call `stopJob`.",
    ],
  };
}

function countOf({ job: { failures, attempt } }: Facts): string {
  if (failures === 0) return `Attempt ${attempt} could not start`;
  return failures === 1 ? "The last attempt published nothing" : `The last ${failures} attempts published nothing`;
}

function nextOf(facts: Facts): string {
  const { job, now } = facts;
  if (job.status === "RUNNING") return `attempt ${job.attempt} is running on worker ${job.nodeId}`;
  const seconds = job.nextAttemptAt === null ? 0 : secondsBetween(now, job.nextAttemptAt);
  return isBackingOff(facts) ? `the next one comes in ${seconds} s` : "the next one is due";
}

function errorOf({ job: { lastError } }: Facts): string {
  return lastError === null ? "" : `; the last error is ${lastError.code}: ${lastError.message}`;
}

function failureEvidence({ job }: Facts): Finding["evidence"] {
  return {
    attempt: job.attempt,
    failures: job.failures,
    nodeId: job.nodeId,
    nextAttemptAt: job.nextAttemptAt,
    lastErrorCode: job.lastError?.code ?? null,
    lastErrorMessage: job.lastError?.message ?? null,
  };
}

function adviceOn(verdict: Verdict, { network, providers }: Facts): string[] {
  if (verdict === "ENDPOINT_FAILING") {
    return [
      `Look whether ${count(providers, "provider")} of network '${network}' can be reached, and correct or add one with \`registerProvider\`.`,
    ];
  }
  if (verdict === "STORE_FAILING") {
    return ["Look whether the store of the files can be reached and written from the worker, and has room."];
  }
  return [];
}
