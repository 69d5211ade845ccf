import { type Command, Option } from "commander";
import { parseDataset } from "../options/dataset.ts";
import { parseJobId, parseLimit } from "../options/integer.ts";
import { parseStatuses, STATUS_WORDS } from "../options/job-status.ts";
import { examples } from "./examples.ts";
import { addJobLiveCommands } from "./job-live.ts";
import { addJobWritingCommands } from "./job-writing.ts";
import type { Shell } from "./shell.ts";

const DEFAULT_LIMIT = 50;

export function addJobCommands(program: Command, shell: Shell): void {
  const job = program.command("job").alias("jobs").description("Jobs: what extracts a dataset into files");
  addList(job, shell);
  addInspect(job, shell);
  addProgress(job, shell);
  addJobLiveCommands(job, shell);
  addJobWritingCommands(job, shell);
}

function addList(job: Command, shell: Shell): void {
  job
    .command("list")
    .alias("ls")
    .description("Jobs, newest first")
    .addOption(new Option("-l, --limit <n>", "how many, from 1 to 1000").argParser(parseLimit).default(DEFAULT_LIMIT))
    .addOption(new Option("-a, --after <id>", "only jobs with a lower id: the next page").argParser(parseJobId))
    .addOption(
      new Option("-s, --status <words>", "one or more of them, separated by commas")
        .choices(STATUS_WORDS)
        .argParser(parseStatuses)
        .default(parseStatuses("active"), "active"),
    )
    .addOption(new Option("--dataset <dataset>", "only jobs of [namespace/]name[@revision]").argParser(parseDataset))
    .addOption(new Option("--worker <name>", "only jobs that this worker has, or had last"))
    .addOption(
      new Option(
        "--since <time>",
        "only jobs whose status changed since then: 2h for two hours ago, or 2026-01-31T12:00:00Z",
      ),
    )
    .addHelpText(
      "after",
      examples({
        "ampctl job list": "the active jobs",
        "ampctl jobs ls -s failed --since 24h": "what failed in the last day",
        "ampctl job list --dataset _/mainnet --status running": "the running jobs of a dataset",
        "ampctl job list --status all --limit 10 --after 100": "the ten jobs below id 100",
        "ampctl job list --status failed --json | jq -r '.jobs[].id'": "the ids alone, for a script",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/job-list.ts")).jobList));
}

function addInspect(job: Command, shell: Shell): void {
  job
    .command("inspect")
    .alias("get")
    .description("One job: how it is, why, what to do about it, how far it came")
    .argument("<id>", "the job's id", parseJobId)
    .addHelpText(
      "after",
      examples({
        "ampctl job inspect 1": "everything about a job",
        "ampctl job get 1 --json | jq -r .status": "its status alone",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/job-inspect.ts")).jobInspect));
}

function addProgress(job: Command, shell: Shell): void {
  job
    .command("progress")
    .description("How far a job is, table by table")
    .argument("<id>", "the job's id", parseJobId)
    .addHelpText(
      "after",
      examples({
        "ampctl job progress 1": "blocks, rate, time that is left",
        "ampctl job progress 1 --json | jq .tables.blocks.current_block": "the last block that is published",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/job-progress.ts")).jobProgress));
}
