import { TryAgainError } from "../errors.ts";
import { JobAboveDocument, JobCreationDocument, JobsOfInstantDocument } from "../generated/api.ts";
import { decodeJson } from "../output/json.ts";
import { query } from "./graphql.ts";
import type { Connection } from "./request.ts";
import { getJsonText } from "./rest.ts";

/**
 * The cursor behind which the jobs with a lower id stand, newest first; null when all jobs have one. What a cursor says
 * is the server's own affair, so it is asked for the one of that very job; when that is gone, for the one above the gap.
 */
export async function cursorBelow(connection: Connection, id: bigint): Promise<string | null> {
  const { job } = await query(connection, JobCreationDocument, { number: String(id) });
  if (job !== null) return cursorOf(connection, id, job.createdAt);
  const below = await readJobBelow(connection, id);
  const before = below === undefined ? null : await cursorOf(connection, below.id, below.createdAt);
  const { jobs } = await query(connection, JobAboveDocument, { before });
  return jobs.edges[0]?.cursor ?? null;
}

/** A job's cursor: a list can be narrowed down to the millisecond in which it was made. */
async function cursorOf(connection: Connection, id: bigint, createdAt: string): Promise<string> {
  const from = new Date(createdAt);
  const instant = { from: from.toISOString(), to: new Date(from.getTime() + 1).toISOString() };
  let after: string | null = null;
  for (;;) {
    const { jobs }: Awaited<ReturnType<typeof readInstant>> = await readInstant(connection, { ...instant, after });
    const found = jobs.edges.find(({ node }) => node.number === String(id));
    if (found !== undefined) return found.cursor;
    if (!jobs.pageInfo.hasNextPage) break;
    after = jobs.pageInfo.endCursor;
  }
  throw new TryAgainError("JOBS_CHANGED", `job '${id}' was removed while its place in the list was sought`);
}

function readInstant(connection: Connection, variables: { from: string; to: string; after: string | null }) {
  return query(connection, JobsOfInstantDocument, variables);
}

/** The job with the highest id below one that is gone. */
async function readJobBelow(
  connection: Connection,
  id: bigint,
): Promise<{ readonly id: bigint; readonly createdAt: string } | undefined> {
  const text = await getJsonText(connection, `/jobs?status=all&limit=1&last_job_id=${id}`);
  // By the contract of REST.
  const { jobs } = decodeJson(text) as { readonly jobs: readonly { id: number | bigint; created_at: string }[] };
  const [first] = jobs;
  return first === undefined ? undefined : { id: BigInt(first.id), createdAt: first.created_at };
}
