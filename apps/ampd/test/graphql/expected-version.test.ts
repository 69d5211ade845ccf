import { expect, test } from "vitest";
import { removeJob } from "../../src/store/job-remove.ts";
import { ACTOR, makeJobIn, useDatabase } from "../store-fixtures.ts";
import { dataOf, startGraphql } from "./start-graphql.ts";
import { watchDatabase } from "./watched-database.ts";

const MUTATIONS = ["stopJob", "removeJob", "retryJob"] as const;

const database = useDatabase("pglite");

function document(name: (typeof MUTATIONS)[number]): string {
  const capitalized = name.charAt(0).toUpperCase() + name.slice(1);
  return `mutation ($input: ${capitalized}Input!) { answer: ${name}(input: $input) {
    __typename ... on VersionConflictError { code message retryable job { number version status } }
  } }`;
}

test.each(MUTATIONS)("%s with another version changes nothing, and answers with the job as it is", async (name) => {
  const graphql = await startGraphql(database());
  const { job } = await makeJobIn(database(), "STOPPED");
  const number = String(job.number);
  const { version, status } = job;
  const input = { number, expectedVersion: version - 1 };
  expect(await dataOf(graphql, document(name), { input })).toEqual({
    answer: {
      __typename: "VersionConflictError",
      code: "VERSION_CONFLICT",
      message: `job '${number}' has version ${version}, not ${version - 1}`,
      retryable: false,
      job: { number, version, status },
    },
  });
  expect(await database().prisma.job.count()).toBe(1);
});

test.each(MUTATIONS)("%s with the right version is carried out", async (name) => {
  const graphql = await startGraphql(database());
  const { job } = await makeJobIn(database(), "STOPPED");
  const input = { number: String(job.number), expectedVersion: job.version };
  const { answer } = await dataOf(graphql, document(name), { input });
  expect(answer?.__typename).toMatch(/Payload$/);
});

test("the job of a conflict is null when it is gone by then", async () => {
  const watched = watchDatabase(database());
  const graphql = await startGraphql(watched);
  const { job } = await makeJobIn(database(), "FAILED");
  let reads = 0;
  watched.hold = async ({ sql }) => {
    // What the server reads of the log beside it.
    if (sql.includes("job_event_log")) return;
    reads += 1;
    // The first one finds the other version, the second one is for the answer.
    if (reads === 1) await removeJob(database(), { number: job.number }, ACTOR);
  };
  const input = { number: String(job.number), expectedVersion: 77 };
  expect(await dataOf(graphql, document("retryJob"), { input })).toMatchObject({
    answer: { __typename: "VersionConflictError", job: null },
  });
  expect(reads).toBe(2);
});
