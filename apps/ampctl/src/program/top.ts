import type { Command } from "commander";
import type { Shell } from "./shell.ts";

const HELP = `
Keys:
  ↑ ↓ j k    select a job; also PageUp, PageDown, Home, End
  s          stop the selected job, after a question
  o          another order: newest, worst health, status, dataset, slowest,
             most behind, longest to go
  /          show those alone whose id, dataset, status, health or worker has all
             of these words; Enter keeps the filter, Esc drops it
  q, Ctrl-C  leave
A server that is away is waited for.`;

export function addTopCommand(program: Command, shell: Shell): void {
  program
    .command("top")
    .description("Active jobs and workers while they run, on the whole screen; needs a terminal")
    .addHelpText("after", HELP)
    .action(shell.runs(async () => (await import("../commands/top.ts")).top));
}
