import type { JobListQuery } from "../generated/api.ts";

/** A job as `ampctl top` reads it. */
export type TopJob = JobListQuery["jobs"]["nodes"][number];
