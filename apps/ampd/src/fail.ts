import { AmpError } from "./domain/errors.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** EX_TEMPFAIL of sysexits.h: the same call may succeed later. */
const EXIT_TRY_AGAIN = 75;

/** A refusal as one sentence and an exit code; anything else is a bug, and is thrown on with its stack. */
export async function fail(thrown: unknown): Promise<void> {
  const error = await translate(thrown);
  if (!(error instanceof AmpError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = exitCodeOf(error);
}

/** A database that went away in the middle of the start is one too; what knows it is loaded for this alone. */
async function translate(error: unknown): Promise<unknown> {
  if (error instanceof AmpError) return error;
  return (await import("./store/database-error.ts")).translateDatabaseError(error);
}

function exitCodeOf(error: AmpError): number {
  if (error.kind === "INVALID") return EXIT_USAGE;
  return error.retryable ? EXIT_TRY_AGAIN : EXIT_FAILED;
}
