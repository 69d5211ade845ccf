import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { createMigratedDatabase } from "../databases.ts";
import { openWay } from "../way-to-database.ts";
import { type Answer, post, startGraphql } from "./start-graphql.ts";

const OUTAGE = {
  message: "the database could not be used",
  extensions: { code: "DATABASE_UNAVAILABLE", kind: "UNAVAILABLE", retryable: true, requestId: expect.any(String) },
};

test.each([
  ["a query", "{ jobs { nodes { number } } }"],
  ["a mutation", "mutation { stopJob(input: { number: 1 }) { __typename } }"],
])("%s that cannot reach the database says so, and that it may succeed later", async (_, query) => {
  const way = await openWay(await createMigratedDatabase());
  const database = await openDatabase({ kind: "postgres", url: way.url });
  onTestFinished(() => database.close());
  // The doors alone: the feed holds a connection of its own.
  const graphql = await startGraphql(database);
  expect((await post(graphql, query)).errors).toBeUndefined();
  way.cut();
  const answer: Answer & { text: string; requestId: unknown } = await post(graphql, query);
  expect(answer.errors).toMatchObject([OUTAGE]);
  expect(answer.text).not.toMatch(/127\.0\.0\.1|prisma|connect/i);
  const logged = graphql.logLines.map((line) => JSON.parse(line));
  expect(logged).toContainEqual(
    expect.objectContaining({
      ...{ requestId: answer.requestId, msg: "an operation met an outage" },
      // Every request meets it: a stack each would hide what else is logged.
      reason: expect.stringMatching(/^[^\n]+$/),
    }),
  );
  expect(graphql.logLines.join()).not.toContain("    at ");
});
