import { Argument, type Command } from "commander";
import { examples } from "./examples.ts";

const SHELLS = ["bash", "zsh", "fish"];

/** They talk to no server and read no settings: those may be faulty while somebody types. */
export function addCompletionCommands(program: Command): void {
  program
    .command("completion")
    .description("A script that completes what is typed; bash needs the package bash-completion")
    .addArgument(new Argument("<shell>", "what it is for").choices(SHELLS))
    .addHelpText(
      "after",
      examples({
        "ampctl completion bash > ~/.local/share/bash-completion/completions/ampctl": "bash",
        "ampctl completion zsh > ~/.zfunc/_ampctl": "zsh, with that folder in fpath",
        "ampctl completion fish > ~/.config/fish/completions/ampctl.fish": "fish",
      }),
    )
    .action(async (shell: string) => (await import("../commands/completion.ts")).printScript(shell));
  program
    .command("complete", { hidden: true })
    .description("What may stand for the last word; the scripts call it")
    .argument("[words...]")
    .action(async (words: readonly string[]) => (await import("../commands/completion.ts")).complete(program, words));
}
