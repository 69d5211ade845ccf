import type { Context } from "../context.ts";
import { RefusedError } from "../errors.ts";
import type { ChangedJobFragment, JobAction, JobPlanOutcomeKind, JobStatus } from "../generated/api.ts";
import { isTerminal } from "../options/job-status.ts";
import { escapeControls } from "../output/escape.ts";
import { formatCount } from "../output/units.ts";
import { ACTION_WORDS, type JobOutcome, outcomeJson, outcomeLine } from "./outcome.ts";
import { countOf, type Skipped, skippedLines } from "./preview.ts";
import { waitForEnds } from "./wait.ts";

/** Whether to wait until the jobs have ended, and for how many milliseconds at most. */
export type WaitChoice = { readonly wait?: true; readonly timeout?: number };

type Work = WaitChoice & {
  /** Does it, job by job. */
  readonly outcomes: AsyncIterable<JobOutcome>;
  readonly skipped?: readonly Skipped[];
  /** Jobs that stop already, to be waited for too. */
  readonly stopping?: readonly ChangedJobFragment[];
  /** One job was named: its refusal is the command's. */
  readonly isOne?: boolean;
};

const TOTAL_WORDS: Readonly<Record<JobPlanOutcomeKind, string>> = {
  DONE: "done",
  UNCHANGED: "unchanged",
  CHANGED: "changed meanwhile",
  GONE: "gone meanwhile",
  REFUSED: "refused",
};
// Its keys are all that there are.
const KINDS = Object.keys(TOTAL_WORDS) as JobPlanOutcomeKind[];

/**
 * Tells what becomes of each job, as it becomes known, or in the end as one JSON document; also of those that were dealt
 * with when the rest fails.
 * @throws RefusedError when one of them did not become what was asked for
 */
export async function carryOut(context: Context, action: JobAction, work: Work): Promise<undefined> {
  const tally: JobOutcome[] = [];
  const { output, isJson, io } = context;
  // Half of it done because of `| head -1` would be worse than what nobody reads.
  io.outliveReader();
  try {
    for await (const outcome of work.outcomes) {
      tally.push(outcome);
      if (!isJson && outcome.error === undefined) output.lines([outcomeLine(action, outcome)]);
    }
    if (work.wait === true) await waitForAll(context, tally, work);
  } catch (error) {
    if (tally.length > 0) tell(context, action, tally, work);
    throw error;
  }
  const first = tally.find(({ error }) => error !== undefined)?.error;
  if (work.isOne === true && first !== undefined) throw first;
  tell(context, action, tally, work);
  if (first !== undefined) throw refusalOf(action, tally);
}

/** Sees each job to its end; its outcome has its last status then. */
async function waitForAll({ server, output, isJson }: Context, tally: JobOutcome[], work: Work): Promise<void> {
  // A job that was not stopped may go on for ever.
  const asked = tally.filter(({ error }) => error === undefined);
  const moving = asked.flatMap(({ job }) => (job !== null && !isTerminal(job.status) ? [job] : []));
  const known = new Set(moving.map(({ id }) => id));
  const others = (work.stopping ?? []).filter(({ id }) => !known.has(id));
  const jobs = [...moving, ...others];
  if (jobs.length === 0) return;
  output.note(`waiting for ${countOf(jobs.length)} to end`);
  for (const job of others) tally.push({ id: BigInt(job.number), outcome: "UNCHANGED", job });
  const places = new Map(tally.map(({ id }, at) => [String(id), at]));
  const onEnd = (job: ChangedJobFragment, status: JobStatus | null) => {
    const at = places.get(job.number) ?? tally.length;
    const outcome = tally[at];
    if (outcome !== undefined) tally[at] = { ...outcome, job: status === null ? null : { ...job, status } };
    if (!isJson) output.lines([escapeControls(`job ${job.number}: ${status ?? "removed"}`)]);
  };
  await waitForEnds(server, jobs, { timeoutMs: work.timeout, note: output.note, onEnd });
}

function tell({ output, isJson }: Context, action: JobAction, tally: readonly JobOutcome[], work: Work): void {
  const { skipped = [] } = work;
  const counts = countOutcomes(tally);
  if (isJson) {
    output.json({ action, counts, jobs: tally.map(outcomeJson), skipped });
    return;
  }
  for (const line of skippedLines(skipped)) output.note(line);
  if (work.isOne === true) return;
  const totals = KINDS.filter((kind) => counts[kind] !== undefined).map(
    (kind) => `${formatCount(counts[kind] ?? 0)} ${TOTAL_WORDS[kind]}`,
  );
  output.note(
    totals.length === 0
      ? `no job to ${ACTION_WORDS[action].verb}`
      : `${ACTION_WORDS[action].verb}: ${totals.join(", ")}`,
  );
}

function countOutcomes(tally: readonly JobOutcome[]): Partial<Record<JobPlanOutcomeKind, number>> {
  const numbers = KINDS.map((kind) => [kind, tally.filter(({ outcome }) => outcome === kind).length] as const);
  return Object.fromEntries(numbers.filter(([, count]) => count > 0));
}

function refusalOf(action: JobAction, tally: readonly JobOutcome[]): RefusedError {
  const failed = tally.filter(({ error }) => error !== undefined);
  const were = failed.length === 1 ? "was" : "were";
  const what = `${formatCount(failed.length)} of ${countOf(tally.length)} ${were} not ${ACTION_WORDS[action].done}`;
  return new RefusedError("JOBS_REFUSED", what, {
    causes: failed.flatMap(({ error }) => error?.message ?? []),
    ...(failed.some(({ outcome }) => outcome === "CHANGED")
      ? { hint: "the same command again deals with those that changed" }
      : {}),
  });
}
