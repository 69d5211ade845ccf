import { type Command, Option } from "commander";
import { GOALS } from "../live/goal.ts";
import { parseDataset } from "../options/dataset.ts";
import { parseTimeout } from "../options/duration.ts";
import { EVENT_TYPES, parseEventTypes } from "../options/event-type.ts";
import { parseCursor, parseJobId, parseJobIds, parseLag } from "../options/integer.ts";
import { examples } from "./examples.ts";
import type { Shell } from "./shell.ts";

/** It has no end: a test of its own runs it. */
export const ALERT = 'ampctl job events --follow --type FAILED | while read -r event; do echo "alert: $event"; done';

const WATCH_HELP = `
It ends with a state that it has read: 0 when every job is COMPLETED, 3 when one
is STOPPED, 4 when one has FAILED, 1 when one was removed before.
  --until stopped   STOPPED is what is waited for, and ends with 0, as COMPLETED
                    does
  --until synced    ends with 0 as soon as no job is further behind the head of
                    its chain than --max-lag blocks, or has completed
A server that goes away is waited for, and nothing is missed; one that does not
answer at the start is not: exit 75.`;

/** What shows jobs while they run. */
export function addJobLiveCommands(job: Command, shell: Shell): void {
  addWatch(job, shell);
  addEvents(job, shell);
}

function addWatch(job: Command, shell: Shell): void {
  job
    .command("watch")
    .description("Jobs while they run, until they end; off a terminal, one line per change")
    .argument("[ids...]", "the jobs' ids; none: all that are active, also those that come", parseJobIds, [])
    .addOption(new Option("--until <goal>", "what to wait for; default completed").choices(GOALS))
    .addOption(
      new Option("--max-lag <blocks>", "until no job is further behind than this; means --until synced").argParser(
        parseLag,
      ),
    )
    .addOption(new Option("--timeout <duration>", "how long; exit 75 when that is over").argParser(parseTimeout))
    .addHelpText(
      "after",
      WATCH_HELP +
        examples({
          "ampctl job watch 1": "progress, watched till it is done",
          "ampctl job watch 1 --json": "the same for a program, one line per change",
          "ampctl job watch 1 --until synced --max-lag 10 --timeout 1h": "until it has caught up with its chain",
        }),
    )
    .action(shell.runs(async () => (await import("../commands/job-watch.ts")).jobWatch));
}

function addEvents(job: Command, shell: Shell): void {
  job
    .command("events")
    .description("What happened to a job, or to all; oldest first")
    .argument("[id]", "the job's id; none: all jobs", parseJobId)
    .addOption(
      new Option("-f, --follow", "go on with what happens from now on; each event once, whatever the server does"),
    )
    .addOption(
      new Option("--since <time>", "what happened since then: 2h for two hours ago, or 2026-01-31T12:00:00Z").conflicts(
        "after",
      ),
    )
    .addOption(new Option("-a, --after <cursor>", "what happened after the event of this id").argParser(parseCursor))
    .addOption(new Option("--dataset <dataset>", "only of jobs of [namespace/]name").argParser(parseDataset))
    .addOption(
      new Option("--type <types>", "only these, separated by commas").choices(EVENT_TYPES).argParser(parseEventTypes),
    )
    .addHelpText(
      "after",
      "\nAs JSON: with a job's id alone REST's document of its changes of status, else one event a line." +
        examples({
          "ampctl job events 1": "its whole history, who asked for it, and why it failed",
          "ampctl job events --since 24h --type FAILED": "what failed in the last day",
          [ALERT]: "an alert for each job that fails from now on",
        }),
    )
    .action(shell.runs(async () => (await import("../commands/job-events.ts")).jobEvents));
}
