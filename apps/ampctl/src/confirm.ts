import { RefusedError, UsageError } from "./errors.ts";
import type { Io } from "./io.ts";

/** How an operator wants to be asked. */
export type ConfirmOptions = { readonly yes?: true; readonly dryRun?: true };

/** Whether somebody is there who sees a question and can answer it. */
function isAttended({ stdin, stderr }: Io): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** Whether to show what is about to be done, and to ask. */
export function mustAsk(io: Io, { yes, dryRun }: ConfirmOptions): boolean {
  return isAttended(io) && yes !== true && dryRun !== true;
}

/**
 * Where nobody can be asked, what does not say exactly what it is about has to say so at least.
 * @param what as in: ampctl job prune without --status
 * @throws UsageError
 */
export function requireYes(io: Io, { yes, dryRun }: ConfirmOptions, what: string): void {
  if (isAttended(io) || yes === true || dryRun === true) return;
  throw new UsageError(`${what} needs --yes where nobody can be asked`, {
    hint: "--dry-run shows what it would do, --yes does it",
  });
}

/** Asks on stderr, and goes on after `y` or `yes`. @throws RefusedError after anything else, also the end of stdin */
export async function confirm(io: Io, question: string): Promise<void> {
  io.stderr.write(`${question} [y/N] `);
  const answer = await readLine(io);
  if (/^\s*y(es)?\s*$/i.test(answer ?? "")) return;
  // Whoever ends stdin, or the command, leaves the cursor behind the question.
  if (answer === undefined) io.stderr.write("\n");
  io.signal.throwIfAborted();
  throw new RefusedError("DECLINED", "nothing was done");
}

/** @returns undefined when stdin, or the command, ended before a line did */
async function readLine({ stdin, signal }: Io): Promise<string | undefined> {
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: stdin, terminal: false });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const end = () => resolve(undefined);
  lines.once("line", resolve);
  lines.once("close", end);
  lines.once("error", end);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", end);
    // Also lets the process end: stdin is read no more.
    lines.close();
  }
}
