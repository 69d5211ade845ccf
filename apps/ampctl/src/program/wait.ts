import { type Command, Option } from "commander";
import { parseTimeout } from "../options/duration.ts";

/** For a command whose effect takes its time. @param what it waits for */
export function addWaitOptions(command: Command, what: string): Command {
  return command
    .addOption(new Option("-w, --wait", what))
    .addOption(
      new Option("--timeout <duration>", "with --wait: how long; exit 75 when that is over").argParser(parseTimeout),
    );
}
