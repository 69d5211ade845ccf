import { accepted } from "../client/accepted.ts";
import { query } from "../client/graphql.ts";
import { type ConfirmOptions, confirm, mustAsk, requireYes } from "../confirm.ts";
import type { Context } from "../context.ts";
import {
  PruneJobsDocument,
  type PruneJobsInput,
  type PruneJobsMutation,
  ServerTimeDocument,
} from "../generated/api.ts";
import { countOf } from "../job-actions/preview.ts";
import { type DatasetReference, referenceOf } from "../options/dataset.ts";
import type { StatusChoice } from "../options/job-status.ts";
import { parseSince } from "../options/since.ts";
import { formatCount } from "../output/units.ts";

export type JobPruneOptions = ConfirmOptions & {
  readonly status?: StatusChoice;
  readonly dataset?: DatasetReference;
  readonly olderThan?: string;
  readonly reason?: string;
};

type Pruned = Extract<PruneJobsMutation["pruneJobs"], { readonly total: number }>;

/** `ampctl job prune` */
export async function jobPrune(context: Context, options: JobPruneOptions): Promise<undefined> {
  const { server, output, io } = context;
  if (options.status === undefined) requireYes(io, options, "ampctl job prune without --status");
  let input = toInput(options, io.now());
  const prune = async (dryRun: boolean) => {
    return accepted((await query(server, PruneJobsDocument, { input: { ...input, dryRun } })).pruneJobs);
  };
  if (options.dryRun === true) {
    tell(context, await prune(true), true);
    return;
  }
  if (mustAsk(io, options)) {
    // What ends while the question stands is not part of it.
    input = { endedBefore: (await query(server, ServerTimeDocument, {})).server.time, ...input };
    const found = await prune(true);
    if (found.total > 0) {
      output.beside().lines([`to remove: ${countsText(found)}`]);
      await confirm(io, `remove ${countOf(found.total)}?`);
    }
  }
  tell(context, await prune(false), false);
}

function toInput({ status, dataset, olderThan, reason }: JobPruneOptions, now: Date): Omit<PruneJobsInput, "dryRun"> {
  return {
    ...(status === undefined ? {} : { status: [...status.statuses] }),
    ...(dataset === undefined ? {} : { dataset: referenceOf(dataset) }),
    ...(olderThan === undefined ? {} : { endedBefore: parseSince(olderThan, now, "--older-than").toISOString() }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** As JSON the body of REST's `DELETE /jobs`. */
function tell({ output, isJson }: Context, pruned: Pruned, isDryRun: boolean): void {
  const { total, completed, stopped, failed } = pruned;
  if (isJson) {
    const counts = { COMPLETED: completed, STOPPED: stopped, FAILED: failed };
    output.json({ total, counts, ...(isDryRun ? { dry_run: true } : {}) });
    return;
  }
  output.lines([`${isDryRun ? "to remove" : "removed"}: ${countsText(pruned)}`]);
}

function countsText({ total, completed, stopped, failed }: Pruned): string {
  return `${countOf(total)} (${formatCount(completed)} COMPLETED, ${formatCount(stopped)} STOPPED, ${formatCount(failed)} FAILED)`;
}
