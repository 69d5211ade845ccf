import type { Command } from "commander";
import { examples } from "./examples.ts";
import type { Shell } from "./shell.ts";

export function addServerCommand(program: Command, shell: Shell): void {
  program
    .command("server")
    .description("The server: health, version, limits; ends with 75 while it cannot do its work")
    .addHelpText(
      "after",
      examples({
        "ampctl server": "whether it is well",
        "ampctl server --json | jq .ready": "the same for a script",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/server-info.ts")).serverInfo));
}
