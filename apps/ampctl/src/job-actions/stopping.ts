import { allPages } from "../client/all-pages.ts";
import { query } from "../client/graphql.ts";
import type { Connection } from "../client/request.ts";
import { type ChangedJobFragment, type JobFilter, type JobStatus, JobsOfFilterDocument } from "../generated/api.ts";

const STOPPING: readonly JobStatus[] = ["STOP_REQUESTED", "STOPPING"];

/** The jobs of a filter that somebody asked to stop before: a plan leaves them out, and who waits waits for them too. */
export async function readStopping(server: Connection, filter: JobFilter): Promise<ChangedJobFragment[]> {
  const status = STOPPING.filter((one) => filter.status == null || filter.status.includes(one));
  if (status.length === 0) return [];
  return allPages(
    async (after) => (await query(server, JobsOfFilterDocument, { filter: { ...filter, status }, after })).jobs,
  );
}
