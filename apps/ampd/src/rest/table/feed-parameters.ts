import { parseDatasetName } from "../../domain/dataset-reference.ts";
import { EVENT_TYPES, type EventType } from "../../domain/event-type.ts";
import { show } from "../../domain/parse.ts";
import { type OptionalParameter, parseInteger } from "../parameter.ts";
import { BadInputError } from "../refusal.ts";
import { refusedAs } from "./parameters.ts";

const CODE = "INVALID_QUERY_PARAMETERS";
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_WAIT_SECONDS = 60;

/** Longer than any list that a person writes. */
const MAX_WORDS = 1_000;

export const eventCursor: OptionalParameter<string | undefined> = {
  description: "The `next_cursor` of the page before; `0` for all that is kept; absent: from now on.",
  codes: [CODE],
  schema: { type: "string", pattern: "^[0-9]{1,19}$" },
  example: "7",
  parse: (text) => (text === undefined ? undefined : String(parseInteger(text, "after", [0n, MAX_INT64], CODE))),
};

export const waitSeconds: OptionalParameter<number> = {
  description: `How long to wait for an event when there is none, in seconds, from 0 to ${MAX_WAIT_SECONDS}.`,
  codes: [CODE],
  schema: { type: "integer", minimum: 0, maximum: MAX_WAIT_SECONDS, default: 0 },
  example: 30,
  parse: (text = "0") => Number(parseInteger(text, "wait", [0n, BigInt(MAX_WAIT_SECONDS)], CODE)),
};

export const feedJobs: OptionalParameter<readonly bigint[] | undefined> = {
  description: "Only of these jobs: ids, separated by commas.",
  codes: [CODE],
  schema: { type: "string" },
  example: "42,43",
  parse: (text) => wordsOf(text)?.map((word) => parseInteger(word, "job_id", [1n, MAX_INT64], CODE)),
};

export const feedDataset: OptionalParameter<string | undefined> = {
  description: "Only of jobs of this dataset: `namespace/name`.",
  codes: [CODE],
  schema: { type: "string" },
  example: "_/eth",
  parse: (text) => {
    if (text !== undefined) refusedAs(CODE, () => parseDatasetName(text));
    return text;
  },
};

export const eventTypes: OptionalParameter<readonly EventType[] | undefined> = {
  description: `Only of these types, separated by commas: ${EVENT_TYPES.join(", ")}.`,
  codes: [CODE],
  schema: { type: "string" },
  example: "FAILED,COMPLETED",
  parse: (text) => wordsOf(text)?.map(toType),
};

export const feedActor: OptionalParameter<string | undefined> = {
  description: "Only what this person or token asked for.",
  codes: [CODE],
  schema: { type: "string" },
  example: "alice",
  parse: (text) => text,
};

function toType(word: string): EventType {
  const found = EVENT_TYPES.find((type) => type === word.toUpperCase());
  if (found !== undefined) return found;
  throw new BadInputError(CODE, `event_type ${show(word)} is not known: use ${EVENT_TYPES.join(", ")}`);
}

function wordsOf(text: string | undefined): string[] | undefined {
  const words = text?.split(",").map((word) => word.trim());
  if (words === undefined || words.length <= MAX_WORDS) return words;
  throw new BadInputError(CODE, `more than ${MAX_WORDS} values in one parameter are not taken`);
}
