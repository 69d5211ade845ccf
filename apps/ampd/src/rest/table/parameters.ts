import { parseRevision, requireDatasetName } from "../../domain/dataset-reference.ts";
import { AmpError } from "../../domain/errors.ts";
import { requireNodeSelector } from "../../domain/node-selector.ts";
import { show } from "../../domain/parse.ts";
import { requireProviderName } from "../../domain/provider.ts";
import { type OptionalParameter, type Parameter, parseInteger } from "../parameter.ts";
import { type BadInputCode, BadInputError } from "../refusal.ts";

const POSITIVE_INT64 = [1n, 2n ** 63n - 1n] as const;
const INT64 = { type: "integer", format: "int64", minimum: 1 };

export const jobId: Parameter<bigint> = {
  description: "The job's id.",
  codes: ["INVALID_JOB_ID"],
  schema: INT64,
  example: 42,
  parse: (text) => parseInteger(text, "job id", POSITIVE_INT64, "INVALID_JOB_ID"),
};

export const eventId: Parameter<bigint> = {
  description: "The event's id.",
  codes: ["INVALID_PATH"],
  schema: INT64,
  example: 7,
  parse: (text) => parseInteger(text, "event id", POSITIVE_INT64, "INVALID_PATH"),
};

export const providerName: Parameter<string> = {
  description: "The provider's name.",
  codes: ["INVALID_PROVIDER_NAME"],
  schema: { type: "string", pattern: "^[a-z_][a-z0-9_]*$", maxLength: 255 },
  example: "mainnet",
  parse: (text) => refusedAs("INVALID_PROVIDER_NAME", () => requireProviderName(text)),
};

export const workerId: Parameter<string> = {
  description: "The worker's node id.",
  codes: ["INVALID_WORKER_ID"],
  schema: { type: "string", pattern: "^[A-Za-z0-9._-]{1,100}$" },
  example: "worker-1",
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
    schema: { type: "string" },
    example: "latest",
    parse: (text) => {
      refusedAs("INVALID_PATH", () => parseRevision(text));
      return text;
    },
  } satisfies Parameter<string>,
};

export const pageLimit: OptionalParameter<number> = {
  description: "Rows of a page, from 1 to 1000.",
  codes: ["LIMIT_INVALID", "LIMIT_TOO_LARGE", "INVALID_QUERY_PARAMETERS"],
  schema: { type: "integer", minimum: 1, maximum: 1_000, default: 50 },
  example: 100,
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

export const lastJobId: OptionalParameter<bigint | undefined> = {
  description: "Only jobs with a lower id: the `next_cursor` of the page before.",
  codes: ["INVALID_QUERY_PARAMETERS"],
  schema: INT64,
  example: 1_000,
  parse: (text) =>
    text === undefined ? undefined : parseInteger(text, "last_job_id", POSITIVE_INT64, "INVALID_QUERY_PARAMETERS"),
};

function datasetName(what: "namespace" | "name"): Parameter<string> {
  return {
    description: `The dataset's ${what}.`,
    codes: ["INVALID_PATH"],
    schema: { type: "string", pattern: "^[a-z_][a-z0-9_]*$", maxLength: 255 },
    example: what === "namespace" ? "_" : "eth",
    parse: (text) => refusedAs("INVALID_PATH", () => requireDatasetName(text, what)),
  };
}

/** The domain's rule, under the code that the route's clients know. */
export function refusedAs<Value>(code: BadInputCode, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    if (error instanceof AmpError) throw new BadInputError(code, error.message);
    throw error;
  }
}
