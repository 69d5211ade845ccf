import { redact } from "./redact.ts";

/**
 * Why a connection failed, in a few words without URL: the code (`ECONNREFUSED`), which `fetch` hides in the causes, or
 * what the innermost error says.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown reason";
  if ("code" in error && typeof error.code === "string") return error.code;
  // Several addresses were tried, and each has its own reason.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return redact(error.message, []) || error.name;
}
