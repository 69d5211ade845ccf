import { type ConfirmOptions, confirm, mustAsk, requireYes } from "../confirm.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import type { ChangedJobFragment, JobAction } from "../generated/api.ts";
import { isSelecting, type JobSelection, toJobFilter } from "../options/job-selection.ts";
import { carryOut, type WaitChoice } from "./carry-out.ts";
import { applyNamed, readNamed } from "./named.ts";
import { ACTION_WORDS } from "./outcome.ts";
import { applyAll, makePlan } from "./planned.ts";
import { countOf, type Preview, previewJson, previewOfNamed, previewOfPlan, showPreview } from "./preview.ts";
import { readStopping } from "./stopping.ts";

export type ChangeOptions = JobSelection & ConfirmOptions & WaitChoice & { readonly reason?: string };

/**
 * Stops, retries or removes the jobs that are named, or those that the options select: those are fixed by a plan, which
 * is shown before it is applied.
 * @throws UsageError when neither or both are given
 */
export async function changeJobs(
  context: Context,
  action: JobAction,
  options: ChangeOptions,
  ids: readonly bigint[],
): Promise<undefined> {
  if (options.timeout !== undefined && options.wait !== true) throw new UsageError("--timeout is for --wait");
  if (ids.length === 0) return changeSelected(context, action, options);
  if (isSelecting(options)) throw new UsageError("jobs are named, or selected by options: not both");
  // An id that is given twice is one job.
  return changeNamed(context, action, options, [...new Set(ids)]);
}

async function changeNamed(
  context: Context,
  action: JobAction,
  options: ChangeOptions,
  ids: readonly bigint[],
): Promise<undefined> {
  const { server, io } = context;
  // To run one again destroys nothing.
  const asks = action !== "RETRY" && mustAsk(io, options);
  if (asks || options.dryRun === true) {
    const preview = previewOfNamed(action, await readNamed(server, ids));
    if (options.dryRun === true) return tellPreview(context, action, preview);
    if (preview.total > 0) await ask(context, action, preview);
  }
  const { reason } = options;
  await carryOut(context, action, {
    ...options,
    outcomes: applyNamed(server, { action, ids, reason }),
    isOne: ids.length === 1,
  });
}

async function changeSelected(context: Context, action: JobAction, options: ChangeOptions): Promise<undefined> {
  const { server, io } = context;
  const { verb } = ACTION_WORDS[action];
  if (!isSelecting(options))
    throw new UsageError("no job is named", { hint: "name jobs by id, or select them, as by --status" });
  if (options.status === undefined) requireYes(io, options, `ampctl job ${verb} without ids and --status`);
  const filter = toJobFilter(options, io.now());
  const { reason } = options;
  const plan = await makePlan(server, { action, filter, ...(reason === undefined ? {} : { reason }) });
  const preview = previewOfPlan(plan);
  if (options.dryRun === true) return tellPreview(context, action, preview);
  const stopping: readonly ChangedJobFragment[] = options.wait === true ? await readStopping(server, filter) : [];
  if (preview.total > 0 && mustAsk(io, options)) await ask(context, action, preview);
  const outcomes = applyAll(server, action, plan);
  await carryOut(context, action, { ...options, outcomes, skipped: preview.skipped, stopping });
}

function tellPreview({ output, isJson }: Context, action: JobAction, preview: Preview): undefined {
  if (isJson) output.json(previewJson(action, preview));
  else showPreview(output, action, preview);
}

async function ask({ output, io }: Context, action: JobAction, preview: Preview): Promise<void> {
  showPreview(output.beside(), action, preview);
  await confirm(io, `${ACTION_WORDS[action].verb} ${countOf(preview.total)}?`);
}
