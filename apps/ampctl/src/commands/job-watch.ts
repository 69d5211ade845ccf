import { type FeedPage, readFeed } from "../client/event-feed.ts";
import { createLink } from "../client/link.ts";
import type { Connection } from "../client/request.ts";
import type { Context } from "../context.ts";
import { TryAgainError, UsageError } from "../errors.ts";
import { exitCodeOf, type Goal, isReached } from "../live/goal.ts";
import { createLineView, type WatchView } from "../live/line-view.ts";
import { createReader, type WatchedJobs } from "../live/watched-jobs.ts";

export type JobWatchOptions = {
  readonly until?: Goal["until"];
  readonly maxLag?: bigint;
  readonly timeout?: number;
};

/** How often the figures are read; an event has them read at once. */
const INTERVAL_SECONDS = 1;

/** `ampctl job watch`: ends with a state that it has read. */
export async function jobWatch(context: Context, options: JobWatchOptions, ids: readonly bigint[]): Promise<number> {
  const { server, output } = context;
  const { timeout: timeoutMs } = options;
  const goal = toGoal(options);
  const timeout = timeoutMs === undefined ? new AbortController().signal : AbortSignal.timeout(timeoutMs);
  const asking = { ...server, signal: AbortSignal.any([server.signal, timeout]) };
  const view = await openView(context);
  let seen: WatchedJobs = new Map();
  const remembering: WatchView = {
    ...view,
    jobs: (jobs) => {
      seen = jobs;
      view.jobs(jobs);
    },
  };
  try {
    const jobs = await watch(asking, { ids, goal, view: remembering });
    view.close();
    if (jobs.size === 0) output.note("no active jobs");
    return exitCodeOf(jobs, goal);
  } catch (error) {
    if (!timeout.aborted || server.signal.aborted) throw error;
    const causes = [...seen].map(([id, job]) => `job ${id}: ${job?.status ?? "removed"}`);
    throw new TryAgainError("WATCH_TIMEOUT", `not ${goal.until} within ${(timeoutMs ?? 0) / 1_000} s`, { causes });
  } finally {
    view.close();
  }
}

/** @throws UsageError for a lag that nothing asks for */
function toGoal({ until, maxLag }: JobWatchOptions): Goal {
  if (maxLag === undefined) return { until: until ?? "completed", maxLag: 0n };
  if (until !== undefined && until !== "synced") {
    throw new UsageError(`--max-lag is of --until synced, not of --until ${until}`);
  }
  return { until: "synced", maxLag };
}

async function openView(context: Context): Promise<WatchView> {
  if (context.isJson || context.io.stdout.isTTY !== true) return createLineView(context);
  return (await import("../live/screen-view.ts")).createScreenView(context);
}

type Watch = { readonly ids: readonly bigint[]; readonly goal: Goal; readonly view: WatchView };

async function watch(server: Connection, { ids, goal, view }: Watch): Promise<WatchedJobs> {
  const read = createReader(ids);
  const link = createLink({ signal: server.signal, note: view.note });
  let jobs: WatchedJobs = new Map();
  const isOver = () => jobs.size > 0 && isReached(jobs, goal);
  // What there is to say of an end that was read is there: it is not waited for.
  const waitSeconds = () => (isOver() ? 0 : INTERVAL_SECONDS);
  const filter: Record<string, string> = ids.length === 0 ? {} : { job_id: ids.join(",") };
  for await (const page of readFeed(server, { after: undefined, filter, link, waitSeconds })) {
    for (const event of page.events) view.event(event);
    if (isOver() && page.caught_up) break;
    jobs = await link.keep(() => read(server, ids.length === 0 ? scheduledIn(page) : []));
    view.jobs(jobs);
    if (jobs.size === 0) break;
  }
  return jobs;
}

/** Jobs that may have begun and ended between two readings. */
function scheduledIn({ events }: FeedPage): string[] {
  return events.filter(({ event_type: type }) => type === "SCHEDULED").map(({ job_id: job }) => String(job));
}
