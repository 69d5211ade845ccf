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

/** Turns whatever an attempt threw into what an operator may read. An unknown error is a bug, and no retry cures it. */
export function describeFailure(error: unknown, attempt: number): JobFailure {
  return {
    code: error instanceof AmpError ? error.code : "INTERNAL",
    message: messageOf(error),
    retryable: isRetryable(error),
    attempt,
    fields: error instanceof AmpError ? error.fields : {},
    causes: causesOf(error),
  };
}

/** Whether another attempt may succeed. */
function isRetryable(error: unknown): boolean {
  return error instanceof AmpError && error.retryable;
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
