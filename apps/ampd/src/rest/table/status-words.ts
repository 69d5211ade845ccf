import { ACTIVE_STATUSES, ENDED_STATUSES, JOB_STATUSES, type JobStatus } from "../../domain/job.ts";
import { show } from "../../domain/parse.ts";
import type { OptionalParameter } from "../parameter.ts";
import { BadInputError } from "../refusal.ts";

const WORDS: Readonly<Record<string, readonly JobStatus[]>> = {
  active: ACTIVE_STATUSES,
  all: JOB_STATUSES,
  terminal: ENDED_STATUSES,
  ...Object.fromEntries(JOB_STATUSES.map((status) => [status.toLowerCase(), [status]])),
  // What Amp splits failures into.
  error: ["FAILED"],
  fatal: ["FAILED"],
};

const PRUNE_WORDS = ["terminal", "completed", "stopped", "error", "failed"];

/** Any of the words, separated by commas. */
export const statusFilter: OptionalParameter<JobStatus[]> = {
  description: `One or more of ${Object.keys(WORDS).join(", ")}, separated by commas, in any case. Absent: active.`,
  codes: ["INVALID_QUERY_PARAMETERS"],
  schema: { type: "string", default: "active" },
  example: "running,failed",
  parse: (text = "active") => {
    const statuses = text.split(",").flatMap((word) => {
      const meant = statusesOf(word, Object.keys(WORDS));
      if (meant !== undefined) return meant;
      throw new BadInputError("INVALID_QUERY_PARAMETERS", unknown(word.trim(), Object.keys(WORDS)));
    });
    return [...new Set(statuses)];
  },
};

/** What to prune must be said. */
export const pruneFilter: OptionalParameter<readonly JobStatus[]> = {
  description: `One of ${PRUNE_WORDS.join(", ")}, in any case.`,
  codes: ["INVALID_QUERY_PARAM"],
  isRequired: true,
  schema: { type: "string" },
  example: "completed",
  parse: (text) => {
    const statuses = statusesOf(text ?? "", PRUNE_WORDS);
    if (statuses !== undefined) return statuses;
    const message = text === undefined ? `status is missing: use ${list(PRUNE_WORDS)}` : unknown(text, PRUNE_WORDS);
    throw new BadInputError("INVALID_QUERY_PARAM", message);
  },
};

function statusesOf(word: string, allowed: readonly string[]): readonly JobStatus[] | undefined {
  const name = word.trim().toLowerCase();
  return allowed.includes(name) ? WORDS[name] : undefined;
}

function unknown(word: string, allowed: readonly string[]): string {
  return `status ${show(word)} is not known: use ${list(allowed)}`;
}

function list(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
