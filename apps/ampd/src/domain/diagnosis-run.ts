import { count, type Facts, type Finding } from "./diagnosis-finding.ts";
import { fetchPosition } from "./fetch-position.ts";
import type { LiveReport } from "./live-report.ts";

/** Finalized heads of Ethereum come every 6.4 minutes: right after one, what is published is older than that. */
const MAX_LAG_SECONDS = 600;

/** A running attempt and its report. */
type Run = Facts & { readonly report: LiveReport };

/** Of a running job of which nothing worse is to be said; always holds. */
export function runFinding(facts: Facts): Finding {
  const report = facts.state.live;
  if (report === undefined) return startingFinding(facts);
  const run = { ...facts, report };
  return gapFinding(run) ?? behindFinding(run) ?? waitingFinding(run) ?? limitedFinding(run) ?? goodFinding(run);
}

function startingFinding({ job }: Facts): Finding {
  return {
    verdict: "STARTING",
    severity: "OK",
    summary: `Worker ${job.nodeId} has claimed attempt ${job.attempt} and has not reported yet.`,
    evidence: { nodeId: job.nodeId, attempt: job.attempt },
    advice: [],
  };
}

function gapFinding(run: Run): Finding | undefined {
  const gap = run.gaps.reduce<Facts["gaps"][number] | undefined>(
    (lowest, next) => (lowest === undefined || next.missing.start < lowest.missing.start ? next : lowest),
    undefined,
  );
  if (gap === undefined) return undefined;
  const { start, end } = gap.missing;
  return {
    verdict: "GAP",
    severity: "WAITING",
    summary: `Table ${gap.table} lacks blocks ${start} to ${end}, so what is published behind them (${count(gap.filesBeyond, "file")}) does not count yet: the worker fetches the missing blocks first.`,
    evidence: {
      ...figures(run),
      table: gap.table,
      missingStartBlock: start,
      missingEndBlock: end,
      filesBeyond: gap.filesBeyond,
    },
    advice: [],
  };
}

/** Of a job that has to keep up with the chain. */
function behindFinding(run: Run): Finding | undefined {
  const { job, phase, lagSeconds, report } = run;
  const { blocksPerSecond, chainSecondsPerBlock, headBlock } = report;
  if (job.targetBlock !== null && job.targetBlock <= headBlock) return undefined;
  const isLate = phase === "FOLLOWING" && lagSeconds !== null && lagSeconds > MAX_LAG_SECONDS;
  const isLosing =
    phase === "CATCHING_UP" &&
    blocksPerSecond !== null &&
    chainSecondsPerBlock !== null &&
    blocksPerSecond * chainSecondsPerBlock < 1;
  if (!isLate && !isLosing) return undefined;
  const why = isLosing
    ? `it fetches ${rate(blocksPerSecond)} while the chain grows by one in ${Math.round(chainSecondsPerBlock * 100) / 100} s, so the lag grows`
    : `what is published is ${lagSeconds} s older than the head`;
  return {
    verdict: "BEHIND",
    severity: "WARNING",
    summary: `The job does not keep up with the chain: ${why}.`,
    evidence: figures(run),
    advice: [
      ...limitAdvice(run),
      "Give it more: end it with `stopJob` and call `deployDataset` with a higher parallelism, or register a faster endpoint with `registerProvider`.",
    ],
  };
}

function waitingFinding(run: Run): Finding | undefined {
  const { job, phase, report, startBlock } = run;
  const awaited = startBlock > report.headBlock ? startBlock : job.targetBlock;
  if (phase !== "FOLLOWING" || awaited === null || awaited <= report.headBlock) return undefined;
  return {
    verdict: "WAITING_FOR_HEAD",
    severity: "WAITING",
    summary: `The head is block ${report.headBlock}: the chain has yet to grow by ${count(awaited - report.headBlock, "block")} up to block ${awaited}.`,
    evidence: figures(run),
    advice: [],
  };
}

function limitedFinding(run: Run): Finding | undefined {
  if (run.report.waitsFor !== "RATE_LIMIT") return undefined;
  return {
    verdict: "RATE_LIMITED",
    severity: "WAITING",
    summary: `The endpoint's rate limit holds the job back: it fetches ${rate(run.report.blocksPerSecond)}.`,
    evidence: figures(run),
    advice: limitAdvice(run),
  };
}

function goodFinding(run: Run): Finding {
  const { progress, report, lagSeconds, job } = run;
  const base = { severity: "OK", evidence: figures(run), advice: [] } as const;
  if (run.phase === "FOLLOWING") {
    const lag = lagSeconds === null ? "" : `, and what is published is ${lagSeconds} s older`;
    const { headBlock } = report;
    return {
      ...base,
      verdict: "FOLLOWING",
      summary: `The job follows the chain, whose head is block ${headBlock}${lag}.`,
    };
  }
  const goal = job.targetBlock === null || job.targetBlock > report.headBlock ? report.headBlock : job.targetBlock;
  const lag =
    progress.lagBlocks === null ? "" : `, and what is published is ${count(progress.lagBlocks, "block")} below it`;
  const summary = `The job fetches ${rate(report.blocksPerSecond)} on its way to block ${goal}${lag}.`;
  return { ...base, verdict: "HEALTHY", summary };
}

function limitAdvice({ network, report }: Run): string[] {
  if (report.waitsFor !== "RATE_LIMIT") return [];
  return [
    `If the endpoint allows more, raise the rate limit of the provider of network '${network}' with \`registerProvider\`.`,
  ];
}

function figures(run: Run): Finding["evidence"] {
  const { report, progress, startBlock } = run;
  const { currentBlock } = progress;
  const { headBlock, fetchedBlock, blocksPerSecond, chainSecondsPerBlock, waitsFor } = report;
  return {
    currentBlock,
    fetchedBlock,
    headBlock,
    targetBlock: progress.targetBlock,
    unfetchedBlocks: headBlock - fetchPosition({ startBlock, currentBlock, fetchedBlock }),
    lagBlocks: progress.lagBlocks,
    lagSeconds: run.lagSeconds,
    blocksPerSecond,
    chainSecondsPerBlock,
    waitsFor,
  };
}

function rate(blocksPerSecond: number | null): string {
  return blocksPerSecond === null ? "at a speed not known yet" : `${Math.round(blocksPerSecond * 10) / 10} blocks/s`;
}
