import { count, type Facts, type Finding, secondsBetween } from "./diagnosis-finding.ts";
import { type WorkerGap, workerGap } from "./worker-fit.ts";

/** Of a scheduled job that nobody can run as things are. */
export function blockedFinding(facts: Facts): Finding | undefined {
  const { job, network, now, providers, workers } = facts;
  if (job.status !== "SCHEDULED") return undefined;
  const evidence = { providers, workers: workers.length, waitingSeconds: secondsBetween(job.scheduledAt, now) };
  if (providers === 0) {
    return {
      verdict: "NO_PROVIDER",
      severity: "CRITICAL",
      summary: `No provider is registered for network '${network}'.`,
      evidence,
      advice: [`Register one with \`registerProvider\`: the job starts by itself within seconds.`],
    };
  }
  const gap = workerGap(workers, { ...facts, nodeSelector: job.nodeSelector });
  // Whoever is full now may have room when the back-off is over.
  if (gap === null || (gap === "ALL_FULL" && isBackingOff(facts))) return undefined;
  return { ...waitingFor(gap, facts), evidence: { ...evidence, workerGap: gap, nodeSelector: job.nodeSelector } };
}

/** Of a scheduled job that a worker is about to claim. */
export function queuedFinding({ job, now }: Facts): Finding | undefined {
  if (job.status !== "SCHEDULED") return undefined;
  const waitingSeconds = secondsBetween(job.scheduledAt, now);
  return {
    verdict: "QUEUED",
    severity: "WAITING",
    summary: `The job has waited for ${waitingSeconds} s and a worker that fits has room: it claims the job within seconds.`,
    evidence: { waitingSeconds },
    advice: [],
  };
}

/** Whether its next attempt lies ahead. */
export function isBackingOff({ job: { status, nextAttemptAt }, now }: Facts): boolean {
  return status === "SCHEDULED" && nextAttemptAt !== null && nextAttemptAt > now;
}

function waitingFor(gap: WorkerGap, facts: Facts): Omit<Finding, "evidence"> {
  const { job, workers, storeIds } = facts;
  const alive = workers.filter(({ isAlive }) => isAlive);
  const says: Record<WorkerGap, Pick<Finding, "severity" | "summary" | "advice">> = {
    NONE_ALIVE: {
      severity: "CRITICAL",
      summary: `None of ${count(workers.length, "known worker")} is alive.`,
      advice: ["Start one with `ampd worker`."],
    },
    NONE_SELECTED: {
      severity: "CRITICAL",
      summary: `None of ${count(alive.length, "live worker")} fits the node selector '${job.nodeSelector}'.`,
      advice: [
        "Start a worker whose `--node-id` fits with `ampd worker`.",
        "Or end the job with `stopJob` and call `deployDataset` with another node selector.",
      ],
    },
    NONE_SEES_STORE: {
      severity: "CRITICAL",
      summary: `No live worker that fits sees ${storeIds.length === 0 ? "a store of files" : `store ${storeIds.join(", ")}, where the job's tables lie`}.`,
      advice: [
        "Mount the store where the workers look for it, or start them with the `--storage-url` that names its place.",
      ],
    },
    ALL_DRAIN: {
      severity: "WARNING",
      summary: "Every live worker that fits drains and takes no new job.",
      advice: ["Start another worker with `ampd worker`."],
    },
    ALL_FULL: {
      severity: "WAITING",
      summary: `Every live worker that fits is full: together they have ${count(sum(alive.map(({ running }) => running)), "job")} and room for ${sum(alive.map(({ capacity }) => capacity))}.`,
      advice: [
        "Start another worker with `ampd worker`, or the present ones with a higher `--capacity`.",
        "Or end a job that matters less with `stopJob`.",
      ],
    },
  };
  return { verdict: "WAITING_FOR_WORKER", ...says[gap] };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
