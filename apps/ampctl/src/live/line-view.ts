import type { FeedEvent } from "../client/event-feed.ts";
import type { Context } from "../context.ts";
import { formatTime } from "../output/units.ts";
import { eventLine } from "./event-line.ts";
import { progressDocument, progressKey, progressLine } from "./progress-line.ts";
import type { WatchedJobs } from "./watched-jobs.ts";

/** Where a watch is shown. */
export type WatchView = {
  event(event: FeedEvent): void;
  jobs(jobs: WatchedJobs): void;
  /** A remark on what is going on. */
  note(text: string): void;
  /** Leaves the terminal as it was. Idempotent. */
  close(): void;
};

/** For pipes and files: one line for each event, and for each step of a job's progress. */
export function createLineView({ output, io, isJson }: Context): WatchView {
  const shown = new Map<string, string>();
  return {
    event: (event) => {
      if (isJson) output.json(event);
      else output.lines([eventLine(event, output.paint)]);
    },
    jobs: (jobs) => {
      for (const [id, job] of jobs) {
        const key = job === null ? "" : progressKey(job);
        if (shown.get(id) === key) continue;
        shown.set(id, key);
        if (job === null) output.note(`job ${id} was removed`);
        else if (isJson) output.json(progressDocument(job));
        else output.lines([`${output.paint("dim", formatTime(io.now()))}  ${progressLine(job, output.paint)}`]);
      }
    },
    note: output.note,
    close: () => undefined,
  };
}
