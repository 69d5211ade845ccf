import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { codegen } from "@graphql-codegen/core";
import * as typescript from "@graphql-codegen/typescript";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildSchema, parse } from "graphql";
import { expect, onTestFinished, test } from "vitest";

const SCHEMA = new URL("../../../../schema.graphql", import.meta.url);
const TSC = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

const OPERATIONS = `
  query Jobs($filter: JobFilter, $first: Int, $after: String) {
    jobs(filter: $filter, first: $first, after: $after) {
      nodes { id number status createdAt progress { currentBlock lagSeconds eta { earliest latest } } }
      pageInfo { hasNextPage endCursor }
    }
  }
  mutation StopJob($input: StopJobInput!) {
    stopJob(input: $input) {
      __typename
      ... on StopJobPayload { changed job { number status } }
      ... on Error { code message retryable retryAfterMs }
    }
  }
  subscription JobChanged($number: BigInt!) { jobChanged(number: $number) { number status } }
  subscription JobEvents($after: String) {
    jobEvents(after: $after) {
      __typename
      ... on JobEventReached { cursor event { type sequence } }
      ... on CaughtUp { at: cursor }
      ... on Lagged { missed resumeFrom }
    }
  }
`;

/** What a client would write; each expected error fails the check where there is none. */
const USE = `
import type * as api from "./api.ts";

const variables: api.StopJobMutationVariables = { input: { number: "1" } };
// @ts-expect-error: the number is missing
const incomplete: api.StopJobMutationVariables = { input: {} };

function describe({ stopJob }: api.StopJobMutation): string {
  switch (stopJob.__typename) {
    case "StopJobPayload":
      return \`\${stopJob.job.number.padStart(3)} \${stopJob.changed}\`;
    case "JobNotFoundError":
    case "JobConflictError":
    case "VersionConflictError":
      return \`\${stopJob.code} \${stopJob.message}\`;
  }
}

function follow({ jobEvents }: api.JobEventsSubscription): string | null {
  if (jobEvents.__typename === "JobEventReached") return jobEvents.cursor;
  return jobEvents.__typename === "Lagged" ? jobEvents.resumeFrom : jobEvents.at;
}

function endOf({ jobs }: api.JobsQuery): number {
  // @ts-expect-error: blocks are text, as 64 bits do not fit a number
  const block: number | null | undefined = jobs.nodes[0]?.progress.currentBlock;
  return block ?? 0;
}

export { describe, endOf, follow, incomplete, variables };
`;

const CONFIG = {
  useTypeImports: true,
  enumsAsTypes: true,
  scalars: {
    BigInt: { input: "string | number", output: "string" },
    DateTime: { input: "string", output: "string" },
    JSON: { input: "unknown", output: "unknown" },
  },
};

test("code that is generated from the schema is what a strict TypeScript client needs", async () => {
  const text = await readFile(SCHEMA, "utf8");
  const folder = await mkdtemp(join(tmpdir(), "ampd-codegen-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const generate = async (filename: string, plugin: typeof typescript | typeof operations) => {
    const code = await codegen({
      filename,
      schema: parse(text),
      schemaAst: buildSchema(text),
      documents: [{ location: "operations.graphql", document: parse(OPERATIONS) }],
      config: CONFIG,
      plugins: [{ plugin: {} }],
      pluginMap: { plugin },
    });
    await writeFile(join(folder, filename), code);
  };
  // Every type of the schema, and those of the operations alone: each file stands by itself.
  await generate("schema.ts", typescript);
  await generate("api.ts", operations);
  await writeFile(join(folder, "use.ts"), USE);
  const flags = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--allowImportingTsExtensions"];
  const words = [TSC, ...flags, "--module", "nodenext", "use.ts", "schema.ts"];
  // What it complains of is on its output.
  const complaints = await promisify(execFile)(process.execPath, words, { cwd: folder }).then(
    ({ stdout }) => stdout,
    ({ stdout }) => stdout,
  );
  expect(complaints).toBe("");
});
