import { query } from "../client/graphql.ts";
import { pollUntil } from "../client/poll.ts";
import type { Connection } from "../client/request.ts";
import { TryAgainError } from "../errors.ts";
import { type ChangedJobFragment, type JobStatus, JobsNowDocument, type JobsNowQuery } from "../generated/api.ts";
import { isTerminal } from "../options/job-status.ts";

export type WaitOptions = {
  /** Absent: as long as it takes. */
  readonly timeoutMs?: number | undefined;
  readonly note: (text: string) => void;
  /** Told of each job once it has ended: a final status that was read; null when it was removed before. */
  readonly onEnd: (job: ChangedJobFragment, status: JobStatus | null) => void;
};

/** Jobs that one request asks for. */
const CHUNK = 500;

/** Returns when all jobs have ended. @throws TryAgainError when the time is over before */
export async function waitForEnds(
  server: Connection,
  jobs: readonly ChangedJobFragment[],
  { timeoutMs, note, onEnd }: WaitOptions,
): Promise<void> {
  const left = new Set(jobs);
  const readEnds = async (asking: Connection) => {
    for (const chunk of chunksOf([...left])) {
      const { nodes } = await query(asking, JobsNowDocument, { ids: chunk.map(({ id }) => id) });
      for (const [at, job] of chunk.entries()) {
        const status = statusOf(nodes[at] ?? null);
        if (status !== null && !isTerminal(status)) continue;
        left.delete(job);
        onEnd(job, status);
      }
    }
    return left.size === 0;
  };
  await pollUntil(server, readEnds, { timeoutMs, note, tooLong: () => tooLong([...left], timeoutMs ?? 0) });
}

function chunksOf(jobs: readonly ChangedJobFragment[]): (readonly ChangedJobFragment[])[] {
  return Array.from({ length: Math.ceil(jobs.length / CHUNK) }, (_, at) => jobs.slice(at * CHUNK, (at + 1) * CHUNK));
}

/** Of what the id of a job means now; null when the job is gone. */
function statusOf(node: JobsNowQuery["nodes"][number]): JobStatus | null {
  return node !== null && "status" in node ? node.status : null;
}

function tooLong(left: readonly ChangedJobFragment[], timeoutMs: number): TryAgainError {
  const which = left.length === 1 ? `job ${left[0]?.number} has` : `${left.length} jobs have`;
  return new TryAgainError("WAIT_TIMEOUT", `${which} not ended within ${timeoutMs / 1000} s`, {
    causes: left.length === 1 ? [] : [`not ended yet: ${left.map(({ number }) => number).join(", ")}`],
    hint: "what was asked for still holds: the same command waits again",
  });
}
