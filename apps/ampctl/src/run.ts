import { CommanderError } from "commander";
import { EXIT_CODES, UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { createProgram } from "./program/program.ts";
import { reportError } from "./report-error.ts";

/**
 * Runs one command line.
 * @param words what stands behind `ampctl`
 * @returns the exit code; what the operator is told of an error is written already
 * @throws what is a bug
 */
export async function run(words: readonly string[], io: Io): Promise<number> {
  let exitCode = EXIT_CODES.DONE;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (thrown) {
    const error = io.signal.aborted ? io.signal.reason : asUsage(thrown);
    // Help and version come as an error that is none.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return EXIT_CODES[reportError(error, io, words)];
  }
}

/** What commander refuses, in our form. */
function asUsage(thrown: unknown): unknown {
  if (!(thrown instanceof CommanderError) || thrown.exitCode === 0) return thrown;
  // `ampctl` and `ampctl job` alone show the help, on stderr, and fail.
  if (thrown.code === "commander.help") return new UsageError("a command is missing", { hint: "one of those above" });
  const [what = "", ...more] = thrown.message.replace(/^error: /, "").split("\n");
  const advice = more
    .join(" ")
    .trim()
    .replace(/^\((.*)\)$/, "$1");
  return new UsageError(what, advice === "" ? {} : { hint: advice });
}
