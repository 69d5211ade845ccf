import { type Command, Option } from "commander";

/** For a command that destroys something: on a terminal it shows what it will do, and asks. */
export function addConfirmOptions(command: Command): Command {
  return command
    .addOption(new Option("-y, --yes", "do not ask").conflicts("dryRun"))
    .addOption(new Option("--dry-run", "only show what it would do"));
}
