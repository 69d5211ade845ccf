import { allPages } from "../client/all-pages.ts";
import { query } from "../client/graphql.ts";
import type { Connection } from "../client/request.ts";
import { NotFoundError } from "../errors.ts";
import {
  ActiveJobsDocument,
  WatchedJobDocument,
  type WatchedJobFragment,
  WatchedJobsDocument,
} from "../generated/api.ts";
import { isTerminal } from "../options/job-status.ts";

export type WatchedJob = WatchedJobFragment;

/** Jobs as they were read, by id; null stands for one that was removed while it was watched. */
export type WatchedJobs = ReadonlyMap<string, WatchedJob | null>;

/** Jobs that one request asks for. */
const CHUNK = 100;

/**
 * Reads jobs again and again.
 * @param ids those that are named; none: all that are active, and those that were, until their end was read
 * @returns what reads them once, and those that it is told of: such may have ended before they were seen
 * @throws NotFoundError when a named job was never there
 */
export function createReader(
  ids: readonly bigint[],
): (server: Connection, told: readonly string[]) => Promise<WatchedJobs> {
  const known = new Map<string, WatchedJob | null>();
  const readFresh = (server: Connection) => {
    if (ids.length === 0) return readActive(server);
    return known.size === 0 ? readNamed(server, ids) : [];
  };
  return async (server, told) => {
    const fresh = new Map((await readFresh(server)).map((job) => [job.number, job]));
    const open = [...known.values()].filter((job) => job !== null && !isTerminal(job.status) && !fresh.has(job.number));
    // Null was left out above.
    for (const [number, job] of await readAgain(server, open as readonly WatchedJob[])) known.set(number, job);
    for (const [number, job] of fresh) known.set(number, job);
    for (const number of told) if (!known.has(number)) known.set(number, await readJob(server, number));
    return new Map(known);
  };
}

/** Jobs as they are now; null for each that is gone. */
async function readAgain(server: Connection, jobs: readonly WatchedJob[]): Promise<Map<string, WatchedJob | null>> {
  const read = new Map<string, WatchedJob | null>();
  for (let at = 0; at < jobs.length; at += CHUNK) {
    const asked = jobs.slice(at, at + CHUNK);
    const { nodes } = await query(server, WatchedJobsDocument, { ids: asked.map(({ id }) => id) });
    for (const [index, { number }] of asked.entries()) {
      // An id of a job stands for a job, or for nothing.
      read.set(number, (nodes[index] ?? null) as WatchedJob | null);
    }
  }
  return read;
}

async function readNamed(server: Connection, ids: readonly bigint[]): Promise<WatchedJob[]> {
  const jobs: WatchedJob[] = [];
  for (const id of ids) {
    const job = await readJob(server, String(id));
    if (job === null) throw new NotFoundError("JOB_NOT_FOUND", `job '${id}' not found`);
    jobs.push(job);
  }
  return jobs;
}

async function readJob(server: Connection, number: string): Promise<WatchedJob | null> {
  const { job } = await query(server, WatchedJobDocument, { number });
  return job;
}

function readActive(server: Connection): Promise<readonly WatchedJob[]> {
  return allPages(async (after) => (await query(server, ActiveJobsDocument, { after })).jobs);
}
