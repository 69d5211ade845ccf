import { UsageError } from "../errors.ts";
import type { JobStatus } from "../generated/api.ts";

const ACTIVE: readonly JobStatus[] = ["SCHEDULED", "RUNNING", "STOP_REQUESTED", "STOPPING"];
const TERMINAL: readonly JobStatus[] = ["COMPLETED", "STOPPED", "FAILED"];

/** What each word means; the words of REST, `error` and `fatal` being Amp's for FAILED. */
const MEANINGS: Readonly<Record<string, readonly JobStatus[]>> = {
  active: ACTIVE,
  terminal: TERMINAL,
  all: [...ACTIVE, ...TERMINAL],
  ...Object.fromEntries([...ACTIVE, ...TERMINAL].map((status) => [status.toLowerCase(), [status]])),
  error: ["FAILED"],
  fatal: ["FAILED"],
};

/** In the order of help and completions. */
export const STATUS_WORDS: readonly string[] = Object.keys(MEANINGS).filter(
  (word) => !["error", "fatal"].includes(word),
);

/** What `--status` says: the words for REST, and what they mean. */
export type StatusChoice = { readonly words: string; readonly statuses: readonly JobStatus[] };

/** Words in any case, separated by commas. @throws UsageError */
export function parseStatuses(text: string): StatusChoice {
  const words = text.split(",").map((word) => word.trim().toLowerCase());
  const statuses = words.flatMap((word) => {
    const meant = Object.hasOwn(MEANINGS, word) ? MEANINGS[word] : undefined;
    if (meant !== undefined) return meant;
    throw new UsageError(`status '${word}' is not known: use ${STATUS_WORDS.join(", ")}`, { code: "INVALID_STATUS" });
  });
  return { words: words.join(","), statuses: [...new Set(statuses)] };
}

/** The words of statuses that jobs end with. */
export const ENDED_WORDS: readonly string[] = ["terminal", ...TERMINAL.map((status) => status.toLowerCase()), "error"];

/** Words of ended jobs alone. @throws UsageError */
export function parseEndedStatuses(text: string): StatusChoice {
  const choice = parseStatuses(text);
  if (choice.statuses.every(isTerminal)) return choice;
  throw new UsageError(`status '${text}' is not of ended jobs alone: use ${ENDED_WORDS.join(", ")}`, {
    code: "INVALID_STATUS",
  });
}

/** Whether a job of this status has ended for good. */
export function isTerminal(status: JobStatus): boolean {
  return TERMINAL.includes(status);
}
