import type { Context } from "../context.ts";
import { type ChangeOptions, changeJobs } from "../job-actions/change-jobs.ts";

/** `ampctl job stop` */
export async function jobStop(context: Context, options: ChangeOptions, ids: readonly bigint[]): Promise<undefined> {
  return changeJobs(context, "STOP", options, ids);
}
