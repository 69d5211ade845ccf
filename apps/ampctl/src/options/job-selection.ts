import type { JobFilter } from "../generated/api.ts";
import { type DatasetReference, referenceOf } from "./dataset.ts";
import type { StatusChoice } from "./job-status.ts";
import { parseSince } from "./since.ts";

/** Which jobs, where they are not named. */
export type JobSelection = {
  readonly status?: StatusChoice;
  readonly dataset?: DatasetReference;
  readonly worker?: string;
  readonly since?: string;
  readonly olderThan?: string;
};

/** Whether anything is selected at all. */
export function isSelecting({ status, dataset, worker, since, olderThan }: JobSelection): boolean {
  return [status, dataset, worker, since, olderThan].some((value) => value !== undefined);
}

/** @throws UsageError for a time that is none */
export function toJobFilter({ status, dataset, worker, since, olderThan }: JobSelection, now: Date): JobFilter {
  const updatedAt = {
    ...(since === undefined ? {} : { from: parseSince(since, now).toISOString() }),
    ...(olderThan === undefined ? {} : { to: parseSince(olderThan, now, "--older-than").toISOString() }),
  };
  return {
    ...(status === undefined ? {} : { status: [...status.statuses] }),
    ...(dataset === undefined ? {} : { dataset: referenceOf(dataset) }),
    ...(worker === undefined ? {} : { nodeId: worker }),
    ...(Object.keys(updatedAt).length === 0 ? {} : { updatedAt }),
  };
}
