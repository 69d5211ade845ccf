import { createHash } from "node:crypto";
import { parse } from "graphql";
import { expect, test } from "vitest";
import { LIMITS } from "../../src/graphql/limits/operation-limits.ts";
import { ask } from "../http-server.ts";
import { deploy, useDatabase } from "../store-fixtures.ts";
import { connect } from "./socket-client.ts";
import { errorOf, post, posted, startGraphql, VERSION, VERSION_ANSWER } from "./start-graphql.ts";
import { watchDatabase } from "./watched-database.ts";

const STRICT = { accept: "application/graphql-response+json" };
const HASH = createHash("sha256").update(VERSION).digest("hex");
const BY_HASH = { persistedQuery: { version: 1, sha256Hash: HASH } };
const EVENTS = "query ($first: Int) { jobs(first: $first) { nodes { events(first: 10000) { nodes { type } } } } }";

const database = useDatabase("pglite");

const persisted = new Map([[HASH, VERSION]]);
const mandatory = { pipeline: { persisted: { persisted, isMandatory: true } } };

/** Without fields that repeat each other, which GraphQL compares one by one. */
const manyOf = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");

const TOO_LARGE: [string, string, object, object][] = [
  ["TOO_MANY_TOKENS", `{ ${manyOf(4_000, () => "__typename")} }`, {}, { maximum: 4_000 }],
  [
    "QUERY_TOO_DEEP",
    `{ datasets { nodes { ${manyOf(7, () => 'jobs(revision: "dev") { dataset {')} name ${"}".repeat(16)} }`,
    {},
    { requested: 17, maximum: 16 },
  ],
  ["TOO_MANY_ALIASES", `{ ${manyOf(101, (i) => `a${i}: __typename`)} }`, {}, { requested: 101, maximum: 100 }],
  ["QUERY_TOO_COSTLY", EVENTS, { first: 1_000 }, { requested: 101 + 1_000 * (101 + 10_000), maximum: 500_000 }],
];

test.each(TOO_LARGE)(
  "over HTTP %s refuses an operation before anything is read",
  async (code, query, variables, numbers) => {
    const watched = watchDatabase(database());
    const graphql = await startGraphql(watched);
    watched.intercept = () => {
      throw new Error("the database is asked");
    };
    const answer = await ask(graphql.server, "/graphql", posted({ query, variables }, STRICT));
    expect(answer.status).toBe(400);
    expect(answer.json()).not.toHaveProperty("data");
    expect(answer.json().errors).toMatchObject([{ extensions: { code, ...numbers } }]);
    expect(answer.text).not.toContain("http");
    expect((await ask(graphql.server, "/graphql", posted({ query, variables }))).status).toBe(200);
    expect(graphql.logLines).toEqual([]);
  },
);

test.each(TOO_LARGE)(
  "over a WebSocket %s refuses an operation, and the socket stays",
  async (code, query, variables, numbers) => {
    const client = await connect(await startGraphql(database()));
    client.subscribe("1", query, variables);
    const message = await client.next();
    expect(JSON.stringify(message)).toContain(`"code":"${code}"`);
    for (const [name, value] of Object.entries(numbers))
      expect(JSON.stringify(message)).toContain(`"${name}":${value}`);
    expect(JSON.stringify(message)).not.toContain("http");
    // A result without data is followed by the end.
    if (message.type === "next") expect(await client.next()).toEqual({ id: "1", type: "complete" });
    client.subscribe("2", VERSION);
    expect(await client.data()).toEqual(VERSION_ANSWER.data);
  },
);

test("the same document is refused by one set of variables and taken by another", async () => {
  const graphql = await startGraphql(database());
  for (let time = 0; time < 2; time += 1) {
    expect((await errorOf(graphql, EVENTS, { first: 1_000 })).extensions).toMatchObject({ code: "QUERY_TOO_COSTLY" });
    expect((await post(graphql, EVENTS, { first: 1 })).errors).toBeUndefined();
  }
});

test("a subscription is measured at its start", async () => {
  const query = "subscription { jobChanged(number: 1) { number status } }";
  const client = await connect(await startGraphql(database(), { pipeline: { limits: { maxCost: 101 } } }));
  client.subscribe("1", query);
  expect(JSON.stringify(await client.next())).toContain('"code":"QUERY_TOO_COSTLY","requested":102,"maximum":101');
});

test("a subscription's messages do not repeat its cost", async () => {
  const graphql = await startGraphql(database());
  const { number } = await deploy(database());
  const client = await connect(graphql);
  client.subscribe("1", "subscription ($n: BigInt!) { jobChanged(number: $n) { status } }", { n: String(number) });
  expect((await client.next()).payload).toEqual({ data: { jobChanged: { status: "SCHEDULED" } } });
});

test("queries and mutations tell their cost, also beside errors", async () => {
  const graphql = await startGraphql(database());
  const maximum = LIMITS.maxCost;
  const answer = await ask(graphql.server, "/graphql", posted({ query: "{ jobs(first: 3) { nodes { number } } }" }));
  expect(answer.json().extensions).toEqual({ cost: { requested: 104, maximum } });
  const query = 'mutation { removeProvider(input: { name: "none" }) { ... on Error { code } } }';
  const mutation = await ask(graphql.server, "/graphql", posted({ query }));
  expect(mutation.json().extensions).toEqual({ cost: { requested: 101, maximum } });
  const failing = await ask(graphql.server, "/graphql", posted({ query: "{ jobs(first: -1) { totalCount } }" }));
  expect(failing.json()).toMatchObject({
    errors: [{ extensions: { code: "INVALID_ARGUMENT" } }],
    extensions: { cost: { maximum } },
  });
});

test("a bad global id does not end the count", async () => {
  const graphql = await startGraphql(database());
  const query = EVENTS.replace("{ jobs", '{ node(id: "x") { id } jobs');
  expect((await errorOf(graphql, query, { first: 1_000 })).extensions).toMatchObject({ code: "QUERY_TOO_COSTLY" });
});

test("documents of the server itself are within no limit", async () => {
  const { pipeline } = await startGraphql(database(), { pipeline: { limits: { maxCost: 0 } } });
  const answer = await pipeline.run(parse(VERSION), {}, { requestId: "r" });
  expect(answer).toEqual({ data: VERSION_ANSWER.data });
});

test.each([
  ["its hash", { extensions: BY_HASH }],
  ["its id", { documentId: `sha256:${HASH}` }],
  ["its text", { query: VERSION }],
])("a persisted operation runs by %s, over HTTP and WebSocket", async (_how, request) => {
  const graphql = await startGraphql(database(), mandatory);
  const answer = await ask(graphql.server, "/graphql", posted(request));
  expect(answer.json()).toEqual(VERSION_ANSWER);
  const client = await connect(graphql);
  client.send({ id: "1", type: "subscribe", payload: { query: "", ...request } });
  expect(await client.data()).toEqual(VERSION_ANSWER.data);
});

test("a persisted operation runs by its hash in a URL", async () => {
  const { server } = await startGraphql(database(), mandatory);
  const answer = await ask(server, `/graphql?extensions=${encodeURIComponent(JSON.stringify(BY_HASH))}`);
  expect(answer.json()).toEqual(VERSION_ANSWER);
});

test.each([
  ["PERSISTED_OPERATION_REQUIRED", { query: "{ jobs { totalCount } }" }],
  ["PERSISTED_OPERATION_REQUIRED", { query: "{ jobs { totalCount } }", extensions: BY_HASH }],
  ["PERSISTED_OPERATION_NOT_FOUND", { documentId: "0".repeat(64) }],
])("where persisted operations are mandatory %s refuses %o at both doors", async (code, request) => {
  const graphql = await startGraphql(database(), mandatory);
  const answer = await ask(graphql.server, "/graphql", posted(request, STRICT));
  expect(answer.status).toBe(400);
  expect(answer.json()).toMatchObject({ errors: [{ extensions: { code } }] });
  expect(answer.text).not.toContain("http");
  const client = await connect(graphql);
  client.send({ id: "1", type: "subscribe", payload: { query: "", ...request } });
  expect(await client.next()).toMatchObject({ type: "error", payload: [{ extensions: { code } }] });
  expect(graphql.logLines).toEqual([]);
});

test("where persisted operations are mandatory the server's own documents run", async () => {
  const { pipeline } = await startGraphql(database(), mandatory);
  const answer = await pipeline.run(parse("{ jobs { totalCount } }"), {}, { requestId: "r" });
  expect(answer).toEqual({ data: { jobs: { totalCount: 0 } } });
});
