import { type Command, Option } from "commander";
import { parseDataset } from "../options/dataset.ts";
import { parseJobIds } from "../options/integer.ts";
import { ENDED_WORDS, parseEndedStatuses, parseStatuses, STATUS_WORDS } from "../options/job-status.ts";
import { addConfirmOptions } from "./confirm.ts";
import { examples } from "./examples.ts";
import type { Shell } from "./shell.ts";
import { addWaitOptions } from "./wait.ts";

const IDS = "the jobs' ids; without any, the options select jobs";
const REASON = "kept in the event log with each job";
const DATASET = "only jobs of [namespace/]name[@revision]";

/** What changes jobs. */
export function addJobWritingCommands(job: Command, shell: Shell): void {
  addStop(job, shell);
  addRetry(job, shell);
  addRemove(job, shell);
  addPrune(job, shell);
}

function addStop(job: Command, shell: Shell): void {
  const stop = job
    .command("stop")
    .description("Let jobs publish what they have in hand, and end; what has ended already stays as it is")
    .argument("[ids...]", IDS, parseJobIds);
  addWaitOptions(addConfirmOptions(addSelection(stop)), "until each has ended, and tell how")
    .addOption(new Option("--reason <text>", REASON))
    .addHelpText(
      "after",
      examples({
        "ampctl job stop 1 4 --wait --timeout 2m": "two jobs, and see them end",
        "ampctl job stop --status running --dataset _/mainnet --wait": "the running jobs of a dataset",
        "ampctl job stop --worker worker-1 --dry-run": "what stopping all jobs of a worker would do",
        "ampctl job stop --dataset eth/far --yes --json | jq .counts": "all jobs of a dataset, by a script",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/job-stop.ts")).jobStop));
}

function addRetry(job: Command, shell: Shell): void {
  addConfirmOptions(addSelection(job.command("retry").argument("[ids...]", IDS, parseJobIds)))
    .description("Run ended jobs again: new jobs, which go on where the tables are")
    .addHelpText(
      "after",
      examples({
        "ampctl job retry 2": "one job",
        "ampctl job retry --status failed --since 24h": "what failed in the last day",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/job-retry.ts")).jobRetry));
}

function addRemove(job: Command, shell: Shell): void {
  const remove = job
    .command("remove")
    .alias("rm")
    .description("Forget ended jobs; their events and their data stay")
    .argument("[ids...]", IDS, parseJobIds);
  addConfirmOptions(addSelection(remove))
    .addOption(new Option("--reason <text>", REASON))
    .addHelpText(
      "after",
      examples({
        "ampctl job rm 1": "one job; one that is not there is as good as removed",
        "ampctl job rm --status failed --dataset eth/far --dry-run": "what would be removed",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/job-remove.ts")).jobRemove));
}

function addPrune(job: Command, shell: Shell): void {
  const prune = job
    .command("prune")
    .description("Forget all ended jobs, and tell how many; their events and their data stay")
    .addOption(
      new Option("-s, --status <words>", "which of them, separated by commas; absent: terminal, which is all")
        .choices(ENDED_WORDS)
        .argParser(parseEndedStatuses),
    )
    .addOption(new Option("--dataset <dataset>", DATASET).argParser(parseDataset))
    .addOption(new Option("--older-than <time>", "only jobs that ended before: 7d for a week ago, or 2026-01-31"));
  addConfirmOptions(prune)
    .addOption(new Option("--reason <text>", "kept in the event log"))
    .addHelpText(
      "after",
      examples({
        "ampctl job prune --status completed --older-than 7d": "clean up old completed jobs",
        "ampctl job prune --dry-run": "how many ended jobs there are",
        "ampctl job prune --yes --json | jq .total": "all of them, by a script",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/job-prune.ts")).jobPrune));
}

/** Jobs that are not named; the words are those of `job list`, which shows what they select. */
function addSelection(command: Command): Command {
  return command
    .addOption(
      new Option("-s, --status <words>", "jobs of these, separated by commas")
        .choices(STATUS_WORDS)
        .argParser(parseStatuses),
    )
    .addOption(new Option("--dataset <dataset>", DATASET).argParser(parseDataset))
    .addOption(new Option("--worker <name>", "only jobs that this worker has, or had last"))
    .addOption(
      new Option("--since <time>", "only jobs whose status changed since then: 2h for two hours ago, or 2026-01-31"),
    )
    .addOption(new Option("--older-than <time>", "only jobs whose status changed last before then"));
}
