import { type Facts, type Finding, secondsBetween } from "./diagnosis-finding.ts";
import { isOwned } from "./run-state.ts";

/** Of a job whose owner has died, or is to let it go. */
export function ownerFinding(facts: Facts): Finding | undefined {
  const { job, workers } = facts;
  if (!isOwned(job.status)) return undefined;
  const isHeld = workers.some(({ incarnation, isAlive }) => isAlive && incarnation === job.incarnation);
  if (!isHeld) return lostFinding(facts);
  return job.status === "RUNNING" ? undefined : stopFinding(facts);
}

function lostFinding({ job }: Facts): Finding {
  const next = job.status === "RUNNING" ? "puts the job back into the queue" : "ends the job as STOPPED";
  return {
    verdict: "OWNER_LOST",
    severity: "WARNING",
    summary: `Worker ${job.nodeId} had attempt ${job.attempt} and holds no lease any more: the next reaper ${next}.`,
    evidence: { nodeId: job.nodeId, attempt: job.attempt, failures: job.failures },
    advice: [
      `Look why worker ${job.nodeId} ended, and start it again with \`ampd worker\` unless others have room.`,
      "If this lasts for more than a few seconds, no `ampd controller` or `ampd worker` is running to reap it: start one.",
    ],
  };
}

function stopFinding({ job, now }: Facts): Finding {
  const { stopDeadline, nodeId } = job;
  const base = { evidence: { nodeId, stopDeadline, status: job.status } };
  if (stopDeadline !== null && now > stopDeadline) {
    return {
      ...base,
      verdict: "STOP_OVERDUE",
      severity: "WARNING",
      summary: `Worker ${nodeId} should have ended the job ${secondsBetween(stopDeadline, now)} s ago: the next reaper ends it without the worker.`,
      advice: [
        `Look into the log of worker ${nodeId} for what keeps it.`,
        "Call `retryJob` once the job is STOPPED, if it is to go on.",
      ],
    };
  }
  const left = stopDeadline === null ? "no deadline" : `${secondsBetween(now, stopDeadline)} s left`;
  return {
    ...base,
    verdict: "STOPPING",
    severity: "WAITING",
    summary: `Worker ${nodeId} publishes what it has in hand and then ends the job: ${left}.`,
    advice: [],
  };
}
