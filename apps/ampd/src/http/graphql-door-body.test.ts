import { describe, expect, test } from "vitest";
import { createDatabase } from "../../test/databases.ts";
import {
  errorOf,
  post,
  posted,
  startAndAsk,
  startGraphql,
  VERSION,
  VERSION_ANSWER,
} from "../../test/graphql/start-graphql.ts";
import { watchDatabase } from "../../test/graphql/watched-database.ts";
import { ask } from "../../test/http-server.ts";
import { useDatabase } from "../../test/store-fixtures.ts";

const REMOVE = "mutation { removeJob(input: { number: 1 }) { __typename } }";

const database = useDatabase("pglite");

describe("a body over HTTP", () => {
  test.each([
    ["application/x-www-form-urlencoded", `query=${encodeURIComponent(REMOVE)}`],
    ["multipart/form-data; boundary=x", "--x--"],
    ["text/plain", JSON.stringify({ query: REMOVE })],
    ["application/graphql", REMOVE],
    ["application/json; charset=utf-16", JSON.stringify({ query: REMOVE })],
  ])("of %s is refused", async (type, body) => {
    const { answer } = await startAndAsk(database(), "/graphql", {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    expect(answer.status).toBe(415);
  });

  test("that is absent is refused", async () => {
    const { answer } = await startAndAsk(database(), "/graphql", { method: "POST" });
    expect(answer.status).toBe(415);
  });

  test("of one mebibyte is taken, and one byte more is not", async () => {
    const empty = JSON.stringify({ query: VERSION });
    const full = empty + " ".repeat(1024 * 1024 - empty.length);
    const { server, answer } = await startAndAsk(database(), "/graphql", posted(full));
    expect(answer.json()).toEqual(VERSION_ANSWER);
    expect((await ask(server, "/graphql", posted(`${full} `))).status).toBe(413);
    const unsized = await ask(server, "/graphql", posted(`${full} `, { "transfer-encoding": "chunked" }));
    expect(unsized.status).toBe(413);
  });

  test.each([
    ["a foreign origin", { origin: "http://evil.com" }],
    ["a foreign host", { host: "evil.com" }],
  ])("from %s is refused, though it is JSON", async (_source, headers) => {
    const { answer } = await startAndAsk(database(), "/graphql", posted({ query: VERSION }, headers));
    expect(answer.status).toBe(403);
  });

  test.each([
    ["braces that open fields", "{a".repeat(500_000)],
    ["braces alone", "{".repeat(1_000_000)],
    ["brackets of a type", `query($a:${"[".repeat(900_000)}`],
    ["brackets of a value", `{node(id:${"[".repeat(900_000)}`],
    ["valid fields", `{__schema${"{types{fields{type".repeat(1_500)}{name}${"}}}".repeat(1_500)}}`],
    ["the same field", `{${"__typename ".repeat(90_000)}}`],
    [
      "fragments in fragments",
      `{...F0}${Array.from({ length: 20_000 }, (_, i) => `fragment F${i} on Query{...F${i + 1}}`).join("")}`,
    ],
    ["variables", `query(${Array.from({ length: 30_000 }, (_, i) => `$v${i}:Int`).join(" ")}){server{version}}`],
  ])("that is nothing but %s is refused, and the next one is served", async (_what, query) => {
    const { server, answer, logLines } = await startAndAsk(database(), "/graphql", posted({ query }));
    expect(answer.status).toBeLessThan(500);
    expect(answer.json().errors).not.toHaveLength(0);
    expect(answer.json()).not.toHaveProperty("data");
    expect(logLines).toEqual([]);
    expect((await ask(server, "/graphql", posted({ query: VERSION }))).json()).toEqual(VERSION_ANSWER);
  });

  test("with variables nested without end is refused in clear words", async () => {
    const graphql = await startGraphql(database());
    const query =
      'mutation ($x: JSON!) { registerDataset(input: { namespace: "_", name: "a", manifest: $x }) { __typename } }';
    const nested = `{"kind":"evm-rpc","network":"a","x":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`;
    const body = JSON.stringify({ query, variables: 0 }).replace("0", nested);
    const answer = await ask(graphql.server, "/graphql", posted(body));
    expect(answer.json()).toMatchObject({ errors: [{ message: "variables may be nested 500 deep, not deeper" }] });
    expect(graphql.logLines).toEqual([]);
  });

  test.each([
    ["a variable", "query ($n: String!) { worker(nodeId: $n) { nodeId } }", { n: "a\0" }],
    [
      "a name in a variable",
      'mutation ($n: JSON!) { registerProvider(input: {name: "a", config: $n}) { __typename } }',
      { n: { "\0": 1 } },
    ],
    ["half a pair", "query ($n: String!) { worker(nodeId: $n) { nodeId } }", { n: "\ud800" }],
    ["a text of the document", '{ worker(nodeId: "a\\u0000") { nodeId } }', {}],
  ])("with NUL in %s is refused, which the database could not keep", async (_where, query, variables) => {
    const graphql = await startGraphql(database());
    expect((await errorOf(graphql, query, variables)).message).toContain("NUL");
    expect(graphql.logLines).toEqual([]);
  });
});

const REGISTER =
  'mutation ($m: JSON!) { registerDataset(input: {namespace: "_", name: "a", manifest: $m}) { __typename } }';

test.each([
  [
    "a variable",
    JSON.stringify({ query: REGISTER, variables: { m: 7 } }).replace('"m":7', '"m":{"start_block":1e400}'),
  ],
  [
    "the document",
    JSON.stringify({ query: REGISTER.replace("$m}", "{start_block: 1e400}}").replace("($m: JSON!)", "") }),
  ],
])("a number in %s that no double holds is refused", async (_where, body) => {
  const graphql = await startGraphql(database());
  const answer = await ask(graphql.server, "/graphql", posted(body));
  expect(answer.json()).toMatchObject({ errors: [{ message: "a number is too large to be kept" }] });
  expect(graphql.logLines).toEqual([]);
});

describe("an unexpected error over HTTP", () => {
  test("shows its request id and nothing else, and the log has the rest", async () => {
    const watched = watchDatabase(database());
    const graphql = await startGraphql(watched);
    watched.intercept = () => {
      throw new Error("hunter2 at /secret/path");
    };
    const answer = await post(graphql, "{ server { version } job(number: 1) { number } }");
    const { requestId } = answer;
    expect(answer.data).toEqual({ server: { version: "1.2.3" }, job: null });
    expect(answer.errors).toEqual([
      {
        message: `internal error; request id ${requestId}`,
        path: ["job"],
        locations: [{ line: 1, column: 22 }],
        extensions: { code: "INTERNAL", requestId },
      },
    ]);
    expect(answer.text).not.toMatch(/hunter2|secret|stack|node_modules/);
    expect(graphql.logLines).toHaveLength(1);
    const line = JSON.parse(graphql.logLines[0] ?? "");
    expect(line).toMatchObject({ level: "error", requestId, err: { message: "hunter2 at /secret/path" } });
  });

  test("carries the request id that the client chose", async () => {
    const watched = watchDatabase(database());
    const graphql = await startGraphql(watched);
    watched.intercept = () => {
      throw new Error("hunter2");
    };
    const answer = await ask(
      graphql.server,
      "/graphql",
      posted({ query: "{ datasets { totalCount } }" }, { "x-request-id": "mine-1" }),
    );
    expect(answer.headers["x-request-id"]).toBe("mine-1");
    expect(answer.json().errors).toMatchObject([{ message: "internal error; request id mine-1" }]);
    expect(graphql.logLines.map((line) => JSON.parse(line).requestId)).toEqual(["mine-1"]);
  });

  test("of a database that is closed says that it is away, and no more", async () => {
    const closed = await createDatabase("pglite");
    const graphql = await startGraphql(closed);
    await graphql.closeFeeds();
    await closed.close();
    const answer = await post(graphql, "{ jobs { nodes { number } } }");
    expect(answer.data).toBeNull();
    const extensions = { code: "DATABASE_UNAVAILABLE", retryable: true, requestId: answer.requestId };
    expect(answer.errors).toMatchObject([{ message: "the database could not be used", extensions }]);
    expect(answer.text).not.toMatch(/prisma|closed|PGlite/i);
  });
});
