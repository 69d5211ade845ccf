import type { JobListQuery } from "../generated/api.ts";
import { nameOf } from "../options/dataset.ts";

/** A job as `ampctl top` reads it. */
export type TopJob = JobListQuery["jobs"]["nodes"][number];

/** `_/mainnet` */
export function datasetOf({ descriptor: { datasetNamespace: namespace, datasetName: name } }: TopJob): string {
  return nameOf({ namespace, name });
}
