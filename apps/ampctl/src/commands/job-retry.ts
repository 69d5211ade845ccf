import type { Context } from "../context.ts";
import { type ChangeOptions, changeJobs } from "../job-actions/change-jobs.ts";

/** `ampctl job retry` */
export async function jobRetry(context: Context, options: ChangeOptions, ids: readonly bigint[]): Promise<undefined> {
  return changeJobs(context, "RETRY", options, ids);
}
