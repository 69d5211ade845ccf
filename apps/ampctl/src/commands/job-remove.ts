import type { Context } from "../context.ts";
import { type ChangeOptions, changeJobs } from "../job-actions/change-jobs.ts";

/** `ampctl job remove` */
export async function jobRemove(context: Context, options: ChangeOptions, ids: readonly bigint[]): Promise<undefined> {
  return changeJobs(context, "REMOVE", options, ids);
}
