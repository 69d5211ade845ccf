import { count, type Facts, type Finding } from "./diagnosis-finding.ts";

/** No retry cures these, and the tables are at stake. */
const CHAIN_CODES: readonly (string | undefined)[] = ["CHAIN_MISMATCH", "CHAIN_ID_MISMATCH"];

/** Of a job that has ended. */
export function endedFinding(facts: Facts): Finding | undefined {
  const { job, progress } = facts;
  const base = {
    evidence: {
      currentBlock: progress.currentBlock,
      targetBlock: job.targetBlock,
      endedAt: job.updatedAt,
      missingTables: facts.gaps.length === 0 ? null : facts.gaps.map(({ table }) => table).join(", "),
    },
    advice: [],
  };
  const reach = reachOf(facts);
  if (job.status === "COMPLETED") {
    return { ...base, verdict: "COMPLETED", severity: "OK", summary: `The job has reached its end block: ${reach}.` };
  }
  if (job.status === "STOPPED") {
    const advice = ["To go on from there, call `retryJob`."];
    return { ...base, verdict: "STOPPED", severity: "OK", summary: `The job was stopped: ${reach}.`, advice };
  }
  return job.status === "FAILED" ? failedFinding(facts, base.evidence) : undefined;
}

function failedFinding(facts: Facts, ended: Finding["evidence"]): Finding {
  const { job, network } = facts;
  const { code, message } = job.lastError ?? { code: "UNKNOWN", message: "the cause was not recorded" };
  const evidence = {
    ...ended,
    attempt: job.attempt,
    failures: job.failures,
    lastErrorCode: code,
    lastErrorMessage: message,
  };
  const summary = `Attempt ${job.attempt} failed with ${code}: ${message}.`;
  if (!CHAIN_CODES.includes(code)) {
    const advice = ["Cure what the error names, then call `retryJob`: a new job goes on from what is published."];
    return { verdict: "FAILED", severity: "CRITICAL", summary, evidence, advice };
  }
  return {
    verdict: "CHAIN_MISMATCH",
    severity: "CRITICAL",
    summary,
    evidence,
    advice: [
      `Look whether every provider of network '${network}' serves the chain that the tables were written from; replace the wrong one with \`registerProvider\`, then call \`retryJob\`.`,
      "If the chain was replaced on purpose, register the dataset under another name with `registerDataset` and start it with `deployDataset`.",
    ],
  };
}

function reachOf({ progress: { currentBlock, filesCount } }: Facts): string {
  if (currentBlock === null) return "it has published nothing";
  return `it has published up to block ${currentBlock} (${count(filesCount, "file")})`;
}
