/** What ends a command before its result. Each kind has its exit code. */
export type ErrorKind =
  | "USAGE"
  | "REFUSED"
  | "NOT_FOUND"
  | "DENIED"
  | "TRY_AGAIN"
  | "FAILED"
  | "INTERRUPTED"
  | "TERMINATED";

/** How a command can end that is no error: done, or what a job that was watched came to. */
type Outcome = "DONE" | "JOB_STOPPED" | "JOB_FAILED";

/** The one table of exit codes. */
export const EXIT_CODES: Readonly<Record<ErrorKind | Outcome, number>> = {
  DONE: 0,
  REFUSED: 1,
  NOT_FOUND: 1,
  DENIED: 1,
  FAILED: 1,
  USAGE: 2,
  JOB_STOPPED: 3,
  JOB_FAILED: 4,
  /** EX_TEMPFAIL of sysexits.h: the same call may succeed later. */
  TRY_AGAIN: 75,
  /** As a shell reports SIGINT. */
  INTERRUPTED: 130,
  /** As a shell reports SIGTERM. */
  TERMINATED: 143,
};

type Details = {
  /** Outermost first. */
  readonly causes?: readonly string[];
  /** What the operator can do about it, where that is not the same for every error of the code. */
  readonly hint?: string;
  readonly requestId?: string;
  readonly cause?: unknown;
};

/** A failure that is told to the operator in words; anything else that is thrown is a bug. */
export abstract class CtlError extends Error {
  abstract readonly kind: ErrorKind;
  /** Stable, for scripts: the server's own where it is the server's. */
  readonly code: string;
  readonly causes: readonly string[];
  readonly hint: string | undefined;
  readonly requestId: string | undefined;

  constructor(code: string, message: string, { causes = [], hint, requestId, cause }: Details = {}) {
    super(message, { cause });
    this.name = new.target.name;
    this.code = code;
    this.causes = causes;
    this.hint = hint;
    this.requestId = requestId;
  }
}

/** The command line, the environment or the config file says what no command accepts. */
export class UsageError extends CtlError {
  readonly kind = "USAGE";

  constructor(message: string, details: Details & { readonly code?: string } = {}) {
    super(details.code ?? "USAGE", message, details);
  }
}

/** The server understood the request and will not do it. */
export class RefusedError extends CtlError {
  readonly kind = "REFUSED";
}

/** There is no such job, dataset, worker, …. */
export class NotFoundError extends CtlError {
  readonly kind = "NOT_FOUND";
}

/** The server does not know who asks, or does not let them. */
export class DeniedError extends CtlError {
  readonly kind = "DENIED";
}

/** Nobody answers at the address, or not in time, or only "later". */
export class TryAgainError extends CtlError {
  readonly kind = "TRY_AGAIN";
}

/** The server failed, or what answers is no ampd. */
export class ServerFailedError extends CtlError {
  readonly kind = "FAILED";
}

/** Ctrl-C, or a request to end. */
export class InterruptedError extends CtlError {
  readonly kind: "INTERRUPTED" | "TERMINATED";

  constructor(signal: "SIGINT" | "SIGTERM" = "SIGINT") {
    const kind = signal === "SIGINT" ? "INTERRUPTED" : "TERMINATED";
    super(kind, `ended by ${signal}`);
    this.kind = kind;
  }
}
