import { AmpError, type ErrorFields } from "./errors.ts";

/** Why an attempt ended, as it is kept with the job. JSON-safe; no secrets. */
export type JobFailure = {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly attempt: number;
  /** What the error knows of where it happened, such as block or endpoint. */
  readonly fields: ErrorFields;
  /** The chain of causes in words, outermost first. */
  readonly causes: readonly string[];
};

const MAX_CAUSES = 8;

/** The attempt that failed, and the worker whose log says more. */
export type FailedAttempt = { readonly job: bigint; readonly attempt: number; readonly nodeId: string };

/**
 * Turns whatever an attempt threw into what an operator may read. Anything that is not an `AmpError` is a bug: no retry
 * cures it, and its words, which may hold anything, stay in the worker's log.
 */
export function describeFailure(error: unknown, failed: FailedAttempt): JobFailure {
  const { job, attempt, nodeId } = failed;
  if (!(error instanceof AmpError)) {
    const message = `unexpected error: the log of worker ${nodeId} says more (attempt ${attempt} of job ${job})`;
    return { code: "INTERNAL", message, retryable: false, attempt, fields: {}, causes: [] };
  }
  const { code, message, retryable, fields } = error;
  const storableFields = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? storable(value) : value]),
  );
  return {
    code,
    message: storable(message),
    retryable,
    attempt,
    fields: storableFields,
    causes: causesOf(error).map(storable),
  };
}

/** Words of an endpoint may be anything; the database keeps neither NUL nor half a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

/**
 * Time until the next attempt: 2^k seconds, at most 5 minutes, with ± 20 % of jitter.
 * @param failures attempts in a row without a published segment, this one included: 1, 2, 3, …
 * @param random in [0, 1)
 */
export function backOffMs(failures: number, random: number): number {
  const cappedMs = Math.min(1_000 * 2 ** Math.max(0, failures - 1), 300_000);
  return Math.round(cappedMs * (0.8 + 0.4 * random));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  for (
    let at = error;
    at !== undefined && causes.length < MAX_CAUSES;
    at = at instanceof Error ? at.cause : undefined
  ) {
    causes.push(messageOf(at));
  }
  return causes;
}
