import { accepted } from "../client/accepted.ts";
import { query } from "../client/graphql.ts";
import type { Connection } from "../client/request.ts";
import { CtlError } from "../errors.ts";
import {
  type JobAction,
  JobToChangeDocument,
  type PlannedJobFragment,
  RemoveJobDocument,
  RetryJobDocument,
  StopJobDocument,
} from "../generated/api.ts";
import type { JobOutcome } from "./outcome.ts";

type Asked = { readonly action: JobAction; readonly ids: readonly bigint[]; readonly reason: string | undefined };

/**
 * Does it to each job that was named, one by one; the server's refusals are outcomes.
 * @throws CtlError when there is no telling whether a job was dealt with
 */
export async function* applyNamed(server: Connection, { action, ids, reason }: Asked): AsyncGenerator<JobOutcome> {
  const input = reason === undefined ? {} : { reason };
  for (const id of ids) {
    try {
      yield await APPLY[action](server, id, input);
    } catch (error) {
      if (!(error instanceof CtlError) || !(error.kind === "REFUSED" || error.kind === "NOT_FOUND")) throw error;
      yield { id, outcome: "REFUSED", job: null, error };
    }
  }
}

type Apply = (server: Connection, id: bigint, input: { readonly reason?: string }) => Promise<JobOutcome>;

const APPLY: Readonly<Record<JobAction, Apply>> = {
  STOP: async (server, id, input) => {
    const { stopJob } = await query(server, StopJobDocument, { input: { number: String(id), ...input } });
    const { changed, job } = accepted(stopJob);
    return { id, outcome: changed ? "DONE" : "UNCHANGED", job };
  },
  RETRY: async (server, id) => {
    const { retryJob } = await query(server, RetryJobDocument, { input: { number: String(id) } });
    const { created, job } = accepted(retryJob);
    return { id, outcome: created ? "DONE" : "UNCHANGED", job: null, newJobId: BigInt(job.number) };
  },
  REMOVE: async (server, id, input) => {
    const { removeJob } = await query(server, RemoveJobDocument, { input: { number: String(id), ...input } });
    return { id, outcome: accepted(removeJob).changed ? "DONE" : "UNCHANGED", job: null };
  },
};

/** The jobs that were named, as they are; null for one that is not there. */
export async function readNamed(
  server: Connection,
  ids: readonly bigint[],
): Promise<(readonly [id: bigint, job: PlannedJobFragment | null])[]> {
  const found: (readonly [bigint, PlannedJobFragment | null])[] = [];
  for (const id of ids) found.push([id, (await query(server, JobToChangeDocument, { number: String(id) })).job]);
  return found;
}
