import { AmpError } from "../domain/errors.ts";
import { translateDatabaseError } from "./database-error.ts";

/**
 * What a log line says of an error: of a refusal code and reason in one line, of anything else the whole error with its
 * stack, for it is a bug.
 */
export function describeFault(
  error: unknown,
): { readonly code: string; readonly reason: string } | { readonly err: unknown } {
  const known = translateDatabaseError(error);
  if (!(known instanceof AmpError)) return { err: error };
  const cause = known.cause instanceof Error ? lastLine(known.cause.message) : "";
  const isSaid = cause === "" || known.message.includes(cause);
  return { code: known.code, reason: isSaid ? known.message : `${known.message}: ${cause}` };
}

/** Prisma begins with the call, over several lines, and ends with what the database said. */
function lastLine(message: string): string {
  return message.trim().split("\n").at(-1)?.trim() ?? "";
}
