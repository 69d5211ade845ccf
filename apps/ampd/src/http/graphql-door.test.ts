import { describe, expect, test } from "vitest";
import {
  dataOf,
  errorOf,
  posted,
  startAndAsk,
  startGraphql,
  VERSION,
  VERSION_ANSWER,
} from "../../test/graphql/start-graphql.ts";
import { ask } from "../../test/http-server.ts";
import { useDatabase } from "../../test/store-fixtures.ts";

const REMOVE = "mutation { removeJob(input: { number: 1 }) { __typename } }";
const STRICT = "application/graphql-response+json";

const database = useDatabase("pglite");

const inUrl = (query: string) => `/graphql?query=${encodeURIComponent(query)}`;

describe("an operation over HTTP", () => {
  test.each([
    [undefined, "application/json; charset=utf-8"],
    ["*/*", "application/json; charset=utf-8"],
    ["application/json", "application/json; charset=utf-8"],
    [STRICT, `${STRICT}; charset=utf-8`],
    [`${STRICT}, application/json;q=0.9`, `${STRICT}; charset=utf-8`],
  ])("accepted as %s is answered as %s", async (accept, type) => {
    const { answer } = await startAndAsk(
      database(),
      "/graphql",
      posted({ query: VERSION }, accept === undefined ? {} : { accept }),
    );
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe(type);
    expect(answer.json()).toEqual(VERSION_ANSWER);
  });

  test("that accepts nothing that we have is refused", async () => {
    const { answer } = await startAndAsk(database(), "/graphql", posted({ query: VERSION }, { accept: "image/png" }));
    expect(answer.status).toBe(406);
  });

  test("may be a query in the URL, with variables and a name", async () => {
    const query = "query A($n: BigInt!) { job(number: $n) { number } } query B { server { version } }";
    const variables = encodeURIComponent(JSON.stringify({ n: "1" }));
    const { answer } = await startAndAsk(database(), `${inUrl(query)}&operationName=A&variables=${variables}`);
    expect(answer.json()).toMatchObject({ data: { job: null } });
  });

  test("that changes something may not stand in the URL", async () => {
    const { answer, server } = await startAndAsk(database(), inUrl(REMOVE));
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe("POST");
    expect(answer.json()).not.toHaveProperty("data");
    const query = `query A { server { version } } ${REMOVE.replace("mutation", "mutation B")}`;
    expect((await ask(server, `${inUrl(query)}&operationName=B`)).status).toBe(405);
  });

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])("is not taken by %s", async (method) => {
    const { answer } = await startAndAsk(database(), "/graphql", { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe("GET, POST");
  });

  test.each([
    ["malformed JSON", "{"],
    ["an empty body", ""],
    ["null", "null"],
    ["a number", "1"],
    ["a text", '"{}"'],
    ["a query that is no text", { query: 1 }],
    ["variables that are no object", { query: VERSION, variables: "x" }],
    ["variables in a list", { query: VERSION, variables: [] }],
    ["an unknown parameter", { query: VERSION, foo: 1 }],
    ["a batch", [{ query: VERSION }]],
    ["an unknown operation name", { query: "query A { server { version } }", operationName: "B" }],
    ["two operations and no name", { query: "query A { server { version } } query B { server { version } }" }],
  ])("is refused for %s with 400, and nothing runs", async (_fault, body) => {
    const { answer, logLines } = await startAndAsk(database(), "/graphql", posted(body));
    expect(answer.status).toBe(400);
    expect(answer.json().errors).toHaveLength(1);
    expect(answer.json()).not.toHaveProperty("data");
    expect(logLines).toEqual([]);
  });

  test.each([
    ["no query", {}, "Must provide query string."],
    ["a syntax error", { query: "{" }, "Syntax Error: Expected Name, found <EOF>."],
    ["an unknown field", { query: "{ nope }" }, /^Cannot query field "nope"/],
    ["a missing argument", { query: "{ job { number } }" }, /of type "BigInt!" is required/],
  ])("with %s is answered with 400 to those who read statuses, with 200 to others", async (_fault, body, message) => {
    const strict = await startAndAsk(database(), "/graphql", posted(body, { accept: STRICT }));
    const lenient = await ask(strict.server, "/graphql", posted(body));
    expect([strict.answer.status, lenient.status]).toEqual([400, 200]);
    for (const answer of [strict.answer, lenient]) {
      expect(answer.json()).not.toHaveProperty("data");
      expect(answer.json().errors).toMatchObject([{ message: expect.stringMatching(message) }]);
    }
  });

  test("with a variable that does not fit is refused in the scalar's own words", async () => {
    const query = "query ($n: BigInt!) { job(number: $n) { number } }";
    const { answer } = await startAndAsk(database(), "/graphql", posted({ query, variables: { n: "x" } }));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("BigInt takes a 64-bit integer or its decimal string");
    expect(answer.text).not.toContain("http");
  });
});

describe("GraphiQL", () => {
  test("is one page that loads nothing from elsewhere", async () => {
    const { answer } = await startAndAsk(database(), "/graphql", { headers: { accept: "text/html" } });
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toMatch(/^text\/html/);
    const outside = answer.text
      .replaceAll(/(<script\b[^>]*>)[\s\S]*?<\/script>/g, "$1")
      .replaceAll(/(<style\b[^>]*>)[\s\S]*?<\/style>/g, "$1");
    const references = [...outside.matchAll(/(?:src|href|srcset|data|action)\s*=\s*["']?([^"'\s>]{0,40})/g)].map(
      ([, to]) => to,
    );
    expect(references.filter((to) => !to?.startsWith("data:"))).toEqual([]);
    const styles = [...answer.text.matchAll(/<style\b[^>]*>([\s\S]*?)<\/style>/g)].map(([, css]) => css).join("");
    expect(styles).not.toMatch(/@import|url\(\s*["']?(?!data:|#)[a-z/]/i);
    const scripts = [...answer.text.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)]
      .map(([, code]) => code ?? "")
      .join("");
    expect(scripts.length).toBeGreaterThan(100_000);
    expect(scripts).not.toMatch(
      /importScripts\(\s*["']https?:|import\(\s*["']https?:|unpkg\.com|jsdelivr\.net|esm\.sh/,
    );
  });

  test("is not given to a client that asks for JSON", async () => {
    const { answer } = await startAndAsk(database(), inUrl(VERSION), { headers: { accept: "application/json" } });
    expect(answer.json()).toEqual(VERSION_ANSWER);
  });
});

test("a path beside the endpoint is left to other handlers", async () => {
  const { answer } = await startAndAsk(database(), "/graphql/x");
  expect(answer.status).toBe(404);
});

test("an answer after a refusal on the same connection is whole", async () => {
  const graphql = await startGraphql(database());
  await errorOf(graphql, "{ nope }");
  expect(await dataOf(graphql, VERSION)).toEqual(VERSION_ANSWER.data);
});
