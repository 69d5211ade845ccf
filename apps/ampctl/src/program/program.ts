import { Command, Option } from "commander";
import manifest from "../../package.json" with { type: "json" };
import type { Io } from "../io.ts";
import { createPaint, wantsColor } from "../output/paint.ts";
import { addCompletionCommands } from "./completion.ts";
import { addDatasetCommands } from "./dataset.ts";
import { examples } from "./examples.ts";
import { addJobCommands } from "./job.ts";
import { addProviderCommands } from "./provider.ts";
import { addServerCommand } from "./server.ts";
import { createShell } from "./shell.ts";
import { addTableCommands } from "./table.ts";
import { addTopCommand } from "./top.ts";
import { addWorkerCommands } from "./worker.ts";

/** Of help where it goes to no terminal. */
const HELP_WIDTH = 80;

/** Below it, words of a description would stand one by one. */
const LEAST_DESCRIPTION_WIDTH = 20;

const MORE = `

Exit status:
  0    done
  1    refused, or failed
  2    wrong usage or settings
  3    the job that was waited for is STOPPED
  4    it has FAILED
  75   try again: nobody answers, or not now
  130  Ctrl-C
With --json an error is JSON too, on stderr:
  {"error_code":"JOB_NOT_FOUND","error_message":"job '9' not found",…}

Settings: flags go before the environment, and that before the config file,
which is ~/.config/ampctl/config.toml:
  server = "production"   # unless --server or AMP_SERVER says another
  [servers.production]
  admin_url = "https://amp.example:1610"
  auth_token = "…"`;

/**
 * Everything that can be typed: help and completions are made of this alone.
 * @param onEnd is told the exit code of the command that ran
 */
export function createProgram(io: Io, onEnd: (exitCode: number) => void): Command {
  const program = new Command("ampctl");
  const isColored = (sink: Io["stdout"]) => wantsColor(sink, io.env, true);
  const bold = (text: string) => createPaint(true)("bold", text);
  program
    .description("Operate extraction jobs: see them, watch them, stop them, clean up behind them.")
    .version(manifest.version)
    // Settings of the output and of errors go to every command that is added from here on.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // What is wrong is told by `run`.
      outputError: () => undefined,
      getOutHelpWidth: () => io.stdout.columns ?? HELP_WIDTH,
      getErrHelpWidth: () => io.stderr.columns ?? HELP_WIDTH,
      getOutHasColors: () => isColored(io.stdout),
      getErrHasColors: () => isColored(io.stderr),
    })
    .configureHelp({
      showGlobalOptions: true,
      minWidthToWrap: LEAST_DESCRIPTION_WIDTH,
      styleTitle: bold,
      styleCommandText: bold,
    })
    .addOption(new Option("--json", "one compact JSON document instead of text"))
    .addOption(new Option("--no-color", "text without colours; also by NO_COLOR"))
    .addOption(new Option("--admin-url <url>", "the server (AMP_ADMIN_URL; default http://localhost:1610)"))
    .addOption(new Option("--auth-token <token>", "the token to show it (AMP_AUTH_TOKEN)"))
    .addOption(new Option("--server <name>", "the server of that name in the config file (AMP_SERVER)"))
    .addOption(new Option("--config <file>", "the config file (AMPCTL_CONFIG)"))
    .addOption(new Option("--request-timeout <duration>", "for one answer (AMP_REQUEST_TIMEOUT; default 30s)"));
  const shell = createShell(io, onEnd);
  addJobCommands(program, shell);
  addDatasetCommands(program, shell);
  addProviderCommands(program, shell);
  addWorkerCommands(program, shell);
  addTableCommands(program, shell);
  addServerCommand(program, shell);
  addTopCommand(program, shell);
  addCompletionCommands(program);
  return program.addHelpText(
    "after",
    examples({
      "ampctl job list --dataset _/mainnet --status running": "the running jobs of a dataset",
      "ampctl job inspect 1": "how a job is, why, and what to do about it",
      "ampctl job prune --status completed --older-than 7d": "clean up old completed jobs",
      "ampctl server": "whether the server is well",
    }) + MORE,
  );
}
