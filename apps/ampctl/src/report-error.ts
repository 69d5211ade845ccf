import { CtlError, type ErrorKind, InterruptedError } from "./errors.ts";
import type { Io } from "./io.ts";
import { escapeControls, escapeJson } from "./output/escape.ts";
import { encodeJson } from "./output/json.ts";
import { createPaint, wantsColor } from "./output/paint.ts";

/** What to do about an error, by its code; an error's own hint goes before it. */
const HINTS: Readonly<Record<string, string>> = {
  USAGE: "ampctl --help, or --help behind a command, shows what there is",
  INVALID_JOB_ID: "ampctl job list --status all shows the ids that there are",
  JOB_NOT_FOUND: "ampctl job list --status all shows which jobs there are; one that was removed is gone",
  DATASET_NOT_FOUND: "ampctl dataset list shows which there are",
  TABLE_NOT_FOUND: "ampctl table list <dataset> shows which there are; a table exists once something is written to it",
  WORKER_NOT_FOUND: "ampctl worker list shows which there are",
  PROVIDER_NOT_FOUND: "ampctl provider list shows which there are",
  PLAN_EXPIRED: "the same command plans anew, and leaves out what is done already",
  PLAN_NOT_FOUND: "the same command plans anew, and leaves out what is done already",
  JOB_CONFLICT: "ampctl job stop <id> --wait ends a job, which can be removed or retried then",
  JOB_STOPPING: "ampctl job stop <id> --wait tells when it has ended",
  PROVIDER_IN_USE: "ampctl job list --status active shows the jobs; stop them, or add another provider of the network",
  SERVER_UNREACHABLE: "is ampd running, and is this its address? --admin-url or AMP_ADMIN_URL names another",
  TIMEOUT: "try again, or give it longer: --request-timeout 1m",
  UNAVAILABLE: "try again in a moment",
  CONNECTION_LOST: "try again in a moment",
  TOO_MANY_REQUESTS: "try again in a moment",
  UNAUTHENTICATED: "give a valid token: --auth-token, AMP_AUTH_TOKEN, or auth_token in the config file",
  FORBIDDEN: "the token is known and may not do this: use another one, or ask whoever runs the server",
  NOT_AMPD: "check --admin-url (or AMP_ADMIN_URL): something else listens there, or another version",
  INTERNAL: "the server's log has the cause under this request id",
};

/**
 * Tells the operator what went wrong, on stderr: words, or with `--json` one JSON document.
 * @returns what decides the exit code
 * @throws what is no `CtlError`: a bug keeps its stack
 */
export function reportError(error: unknown, io: Pick<Io, "stderr" | "env">, words: readonly string[]): ErrorKind {
  if (!(error instanceof CtlError)) throw error;
  // The words themselves: also what could not be parsed must be told in the form that was asked for.
  const options = words.slice(0, endOfOptions(words));
  const hint = error.hint ?? HINTS[error.code];
  if (options.includes("--json")) {
    io.stderr.write(`${escapeJson(encodeJson(toDocument(error, hint)))}\n`);
  } else {
    io.stderr.write(toText(error, hint, wantsColor(io.stderr, io.env, !options.includes("--no-color"))));
  }
  return error.kind;
}

function endOfOptions(words: readonly string[]): number {
  const end = words.indexOf("--");
  return end === -1 ? words.length : end;
}

/** In the words of the REST contract's errors, with more. */
function toDocument({ code, message, causes, requestId }: CtlError, hint: string | undefined): object {
  return {
    error_code: code,
    error_message: message,
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(causes.length === 0 ? {} : { causes }),
    ...(hint === undefined ? {} : { hint }),
  };
}

function toText(error: CtlError, hint: string | undefined, isColored: boolean): string {
  if (error instanceof InterruptedError) return "";
  const paint = createPaint(isColored);
  return [
    `${paint("red", "✗")} ${escapeControls(error.message)}`,
    ...error.causes.map((cause) => `  ${paint("dim", "·")} ${escapeControls(cause)}`),
    // Only a failure of the server has more to be found under it.
    ...(error.kind === "FAILED" && error.requestId !== undefined
      ? [`  ${paint("dim", "·")} request id ${escapeControls(error.requestId)}`]
      : []),
    ...(hint === undefined ? [] : [`  ${paint("dim", `hint: ${escapeControls(hint)}`)}`]),
    "",
  ].join("\n");
}
