import { parseRevision, requireDatasetName } from "../domain/dataset-reference.ts";
import { AmpError } from "../domain/errors.ts";
import { requireNodeSelector } from "../domain/node-selector.ts";
import { show } from "../domain/parse.ts";
import { requireProviderName } from "../domain/provider.ts";
import { type BadInputCode, BadInputError } from "./refusal.ts";
import type { Parameter } from "./route.ts";

const MAX_INT64 = 2n ** 63n - 1n;
const POSITIVE_INT64 = `an integer from 1 to ${MAX_INT64}`;

export const jobId: Parameter<bigint> = {
  description: "The job's id.",
  codes: ["INVALID_JOB_ID"],
  parse: (text) => requirePositive(text, "job id", "INVALID_JOB_ID"),
};

export const eventId: Parameter<bigint> = {
  description: "The event's id.",
  codes: ["INVALID_PATH"],
  parse: (text) => requirePositive(text, "event id", "INVALID_PATH"),
};

export const providerName: Parameter<string> = {
  description: "The provider's name.",
  codes: ["INVALID_PROVIDER_NAME"],
  parse: (text) => refusedAs("INVALID_PROVIDER_NAME", () => requireProviderName(text)),
};

export const workerId: Parameter<string> = {
  description: "The worker's node id.",
  codes: ["INVALID_WORKER_ID"],
  parse: (text) => {
    // A selector is a node id, or a prefix and `*`.
    if (text.includes("*")) throw new BadInputError("INVALID_WORKER_ID", `worker id ${show(text)} is a pattern`);
    return refusedAs("INVALID_WORKER_ID", () => requireNodeSelector(text));
  },
};

/** A dataset, as its paths name it. */
export const datasetPath = {
  namespace: datasetName("namespace"),
  name: datasetName("name"),
};

/** A revision of a dataset, as its paths name it. */
export const revisionPath = {
  ...datasetPath,
  revision: {
    description: "A semantic version, a manifest hash of 64 hex digits, `latest` or `dev`.",
    codes: ["INVALID_PATH"],
    parse: (text) => {
      refusedAs("INVALID_PATH", () => parseRevision(text));
      return text;
    },
  } satisfies Parameter<string>,
};

export const pageLimit: Parameter<number, string | undefined> = {
  description: "Rows of a page, from 1 to 1000.",
  codes: ["LIMIT_INVALID", "LIMIT_TOO_LARGE", "INVALID_QUERY_PARAMETERS"],
  parse: (text = "50") => {
    if (!/^\d+$/.test(text)) {
      throw new BadInputError("INVALID_QUERY_PARAMETERS", `limit ${show(text)} is not an integer from 1 to 1000`);
    }
    const limit = Number(text);
    if (limit === 0) throw new BadInputError("LIMIT_INVALID", "limit must be from 1 to 1000, not 0");
    if (limit > 1_000) throw new BadInputError("LIMIT_TOO_LARGE", `limit must be from 1 to 1000, not ${text}`);
    return limit;
  },
};

export const lastJobId: Parameter<bigint | undefined, string | undefined> = {
  description: "Only jobs with a lower id: the `next_cursor` of the page before.",
  codes: ["INVALID_QUERY_PARAMETERS"],
  parse: (text) => (text === undefined ? undefined : requirePositive(text, "last_job_id", "INVALID_QUERY_PARAMETERS")),
};

function datasetName(what: "namespace" | "name"): Parameter<string> {
  return {
    description: `The dataset's ${what}.`,
    codes: ["INVALID_PATH"],
    parse: (text) => refusedAs("INVALID_PATH", () => requireDatasetName(text, what)),
  };
}

function requirePositive(text: string, what: string, code: BadInputCode): bigint {
  const number = /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
  if (number > 0n && number <= MAX_INT64) return number;
  throw new BadInputError(code, `${what} ${show(text)} is not ${POSITIVE_INT64}`);
}

/** The domain's rule, under the code that the route's clients know. */
function refusedAs<Value>(code: BadInputCode, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    if (error instanceof AmpError) throw new BadInputError(code, error.message);
    throw error;
  }
}
