import { type Command, Option } from "commander";
import { addConfirmOptions } from "./confirm.ts";
import { examples } from "./examples.ts";
import type { Shell } from "./shell.ts";
import { addWaitOptions } from "./wait.ts";

export function addWorkerCommands(program: Command, shell: Shell): void {
  const worker = program.command("worker").alias("workers").description("Workers: processes that run jobs");
  worker
    .command("list")
    .alias("ls")
    .description("Every worker, also those that are gone")
    .addHelpText("after", examples({ "ampctl worker list": "who is alive" }))
    .action(shell.runs(async () => (await import("../commands/worker-list.ts")).workerList));
  worker
    .command("inspect")
    .alias("get")
    .description("One worker and the jobs that it has")
    .argument("<name>", "the worker's name, its node id")
    .addHelpText("after", examples({ "ampctl worker inspect worker-1": "what it runs" }))
    .action(shell.runs(async () => (await import("../commands/worker-inspect.ts")).workerInspect));
  addDrain(worker, shell);
}

function addDrain(worker: Command, shell: Shell): void {
  const drain = worker
    .command("drain")
    .description("Let a worker hand over its jobs and end, as SIGTERM does")
    .argument("<name>", "the worker's name, its node id");
  addWaitOptions(addConfirmOptions(drain), "until it has left")
    .addOption(new Option("--reason <text>", "kept in the server's log"))
    .addHelpText(
      "after",
      examples({
        "ampctl worker drain worker-1 --dry-run": "how many jobs it would hand over",
        "ampctl worker drain worker-1 --wait --timeout 2m": "and see it leave",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/worker-drain.ts")).workerDrain));
}
