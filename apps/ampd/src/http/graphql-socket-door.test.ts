import { describe, expect, test } from "vitest";
import { connect, connectSocket } from "../../test/graphql/socket-client.ts";
import { isFree, startGraphql, VERSION_ANSWER } from "../../test/graphql/start-graphql.ts";
import { watchDatabase } from "../../test/graphql/watched-database.ts";
import { ACTOR, liveFigures, publish, startJob, takeAll, useDatabase } from "../../test/store-fixtures.ts";
import { completeJob } from "../store/job-own.ts";
import { removeJob } from "../store/job-remove.ts";
import { stopJob } from "../store/job-stop.ts";
import { reportLive } from "../store/live.ts";

const CHANGED = "subscription ($n: BigInt!) { jobChanged(number: $n) { status version } }";
const PROGRESS = `subscription ($n: BigInt!) {
  jobProgress(number: $n, minInterval: 0) { jobStatus currentBlock headBlock rowCount tables { table currentBlock } }
}`;

/** Each holds the next one. */
const FRAGMENTS = `{...F0}${Array.from({ length: 20_000 }, (_, i) => `fragment F${i} on Query{...F${i + 1}}`).join("")}`;

const database = useDatabase("pglite");

const numberOf = (job: bigint) => ({ n: String(job) });

describe("the handshake of a WebSocket", () => {
  test.each([
    ["none", []],
    ["the deprecated one", ["graphql-ws"]],
    ["another", ["chat"]],
  ])("that offers %s of the subprotocols is turned away", async (_offer, protocols) => {
    const graphql = await startGraphql(database());
    const client = await connectSocket(graphql, { protocols }).catch((error: Error) => error);
    // A client that offered something else does not open what the server did not choose.
    if (client instanceof Error) expect(client.message).toMatch(/subprotocol/);
    else expect((await client.closed).code).toBe(4406);
  });

  test("chooses ours among several", async () => {
    const graphql = await startGraphql(database());
    const client = await connectSocket(graphql, { protocols: ["chat", "graphql-transport-ws"] });
    expect(client.socket.protocol).toBe("graphql-transport-ws");
  });

  test.each([
    ["a foreign origin", { origin: "http://evil.com" }],
    ["no origin", { headers: { origin: "null" } }],
    ["a foreign host", { headers: { host: "evil.com" } }],
  ])("of %s is refused", async (_source, options) => {
    const graphql = await startGraphql(database());
    await expect(connectSocket(graphql, options)).rejects.toThrow("Unexpected server response: 403");
  });

  test("of a page of an allowed origin is taken", async () => {
    const graphql = await startGraphql(database(), { http: { allowedOrigins: ["https://amp.example.com"] } });
    await connect(graphql, { origin: "https://amp.example.com" });
  });

  test("must be followed by a greeting before anything else", async () => {
    const graphql = await startGraphql(database());
    const client = await connectSocket(graphql);
    client.subscribe("1", "{ server { version } }");
    expect(await client.closed).toMatchObject({ code: 4401 });
  });
});

describe("an operation over a WebSocket", () => {
  test("may be a query or a mutation: one result, and it is complete", async () => {
    const graphql = await startGraphql(database());
    const client = await connect(graphql);
    client.subscribe("a", "{ server { version } }");
    expect(await client.next()).toEqual({
      id: "a",
      type: "next",
      payload: VERSION_ANSWER,
    });
    expect(await client.next()).toEqual({ id: "a", type: "complete" });
    client.subscribe("b", 'mutation { removeProvider(input: { name: "none" }) { ... on Error { code } } }');
    expect(await client.data()).toEqual({ removeProvider: { code: "PROVIDER_NOT_FOUND" } });
  });

  test.each([
    ["a syntax error", "{", {}, /Syntax Error/],
    ["an unknown field", "{ nope }", {}, /Cannot query field "nope"/],
    ["braces without end", "{a".repeat(300_000), {}, /nested too deeply|more than 4000 tokens/],
    [
      "valid fields without end",
      `{__schema${"{types{fields{type".repeat(800)}{name}${"}}}".repeat(800)}}`,
      {},
      /nested too deeply|more than 4000 tokens/,
    ],
    ["fragments without end", FRAGMENTS, {}, /more than 4000 tokens/],
    ["two operations and no name", "query A { server { version } } query B { server { version } }", {}, /operation/],
    ["an empty document", "", {}, /Unexpected <EOF>/],
  ])("with %s gets an error, and the socket stays", async (_fault, query, variables, message) => {
    const graphql = await startGraphql(database());
    const client = await connect(graphql);
    client.subscribe("1", query, variables);
    const error = await client.next();
    expect(error).toMatchObject({ id: "1", type: "error", payload: [{ message: expect.stringMatching(message) }] });
    expect(JSON.stringify(error)).not.toContain("http");
    client.subscribe("1", "{ server { version } }");
    await client.data();
    expect(graphql.logLines).toEqual([]);
  });

  test("with a variable that does not fit gets the refusal as its result", async () => {
    const graphql = await startGraphql(database());
    const client = await connect(graphql);
    client.subscribe("1", CHANGED, { n: "x" });
    const answer = await client.next();
    expect(JSON.stringify(answer)).toContain("BigInt takes a 64-bit integer");
    expect(JSON.stringify(answer)).not.toContain("http");
  });

  test("too many at once are refused, and one that ends makes room", async () => {
    const graphql = await startGraphql(database(), { limits: { maxOperations: 2 } });
    const { owner } = await startJob(database(), {});
    const client = await connect(graphql);
    for (const id of ["1", "2"]) {
      client.subscribe(id, CHANGED, numberOf(owner.job));
      await client.data();
    }
    client.subscribe("3", CHANGED, numberOf(owner.job));
    expect(await client.next()).toMatchObject({
      id: "3",
      type: "error",
      payload: [{ message: "a connection may have 2 operations at once, not more" }],
    });
    client.send({ id: "1", type: "complete" });
    client.subscribe("4", CHANGED, numberOf(owner.job));
    await client.data();
  });

  test.each([
    ["too long", " ".repeat(1024 * 1024 + 1), 1009],
    ["no JSON", "hello", 4400],
    ["no message of the protocol", '{"type":"dance"}', 4400],
  ])("in a message that is %s closes the socket, quietly", async (_fault, message, code) => {
    const graphql = await startGraphql(database());
    const client = await connect(graphql);
    client.socket.send(message);
    expect((await client.closed).code).toBe(code);
    expect(graphql.logLines).toEqual([]);
  });
});

describe("a subscription over a WebSocket", () => {
  test("to a job gives the state, each change and the end", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const client = await connect(graphql);
    client.subscribe("1", CHANGED, numberOf(owner.job));
    expect(await client.data()).toEqual({ jobChanged: { status: "RUNNING", version: 2 } });
    await stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
    expect(await client.data()).toEqual({ jobChanged: { status: "STOP_REQUESTED", version: 3 } });
    await completeJob(database(), owner, ACTOR);
    expect(await client.data()).toEqual({ jobChanged: { status: "COMPLETED", version: 4 } });
    expect(await client.next()).toEqual({ id: "1", type: "complete" });
  });

  test("to its progress gives published blocks and the head, and the end with the last state", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const client = await connect(graphql);
    client.subscribe("1", PROGRESS, numberOf(owner.job));
    const empty = { jobStatus: "RUNNING", currentBlock: null, headBlock: null, rowCount: "0", tables: [] };
    expect(await client.data()).toEqual({ jobProgress: empty });
    await reportLive(database(), owner, liveFigures({ headBlock: 2n ** 60n }));
    expect(await client.data()).toEqual({ jobProgress: { ...empty, headBlock: "1152921504606846976" } });
    const tables = await takeAll(database(), owner, ["blocks"]);
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    expect(await client.data()).toMatchObject({
      jobProgress: { currentBlock: "9", rowCount: "10", tables: [{ table: "blocks", currentBlock: "9" }] },
    });
    await completeJob(database(), owner, ACTOR);
    expect(await client.data()).toMatchObject({ jobProgress: { jobStatus: "COMPLETED", currentBlock: "9" } });
    expect(await client.next()).toEqual({ id: "1", type: "complete" });
  });

  test("completes when its job is removed, and one to a removed job is refused", async () => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    await completeJob(database(), owner, ACTOR);
    await removeJob(database(), { number: owner.job }, ACTOR);
    const client = await connect(graphql);
    client.subscribe("1", CHANGED, numberOf(owner.job));
    expect(await client.next()).toMatchObject({
      type: "next",
      payload: { errors: [{ message: `job '${owner.job}' not found`, extensions: { code: "JOB_NOT_FOUND" } }] },
    });
    expect(await client.next()).toEqual({ id: "1", type: "complete" });
  });

  test.each([-1, 60_001])("refuses an interval of %i ms", async (minInterval) => {
    const graphql = await startGraphql(database());
    const { owner } = await startJob(database(), {});
    const client = await connect(graphql);
    const query = `subscription { jobProgress(number: ${owner.job}, minInterval: ${minInterval}) { rowCount } }`;
    client.subscribe("1", query);
    expect(await client.next()).toMatchObject({ payload: { errors: [{ extensions: { code: "INVALID_ARGUMENT" } }] } });
  });

  test.each(["completes it", "closes its socket", "is cut off"])("is given back when its client %s", async (how) => {
    const graphql = await startGraphql(database(), { maxSubscribers: 1 });
    const { owner } = await startJob(database(), {});
    const client = await connect(graphql);
    client.subscribe("1", CHANGED, numberOf(owner.job));
    await client.data();
    expect(await isFree(graphql.hub, owner.job)).toBe(false);
    if (how === "completes it") client.send({ id: "1", type: "complete" });
    else if (how === "closes its socket") client.socket.close();
    else client.socket.terminate();
    await expect.poll(() => isFree(graphql.hub, owner.job)).toBe(true);
  });

  test("with progress costs the database nothing more for a second subscriber", async () => {
    const watched = watchDatabase(database());
    const graphql = await startGraphql(watched);
    const { owner } = await startJob(database(), {});
    const query = `subscription { jobChanged(number: ${owner.job}) { status progress { headBlock rowCount } } }`;
    const clients = [await connect(graphql), await connect(graphql), await connect(graphql)];
    for (const client of clients) {
      client.subscribe("1", query);
      await client.data();
    }
    let reads = 0;
    watched.intercept = ({ sql }) => {
      // The event log is read when it grows, whoever subscribes.
      if (!sql.includes("job_event")) reads += 1;
    };
    await stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
    for (const client of clients)
      expect(await client.data()).toMatchObject({ jobChanged: { status: "STOP_REQUESTED" } });
    expect(reads).toBe(3);
  });

  test("that meets an unexpected error at its start shows a request id only", async () => {
    const watched = watchDatabase(database());
    const graphql = await startGraphql(watched);
    const client = await connect(graphql);
    watched.intercept = () => {
      throw new Error("hunter2");
    };
    client.subscribe("1", CHANGED, numberOf(1n));
    const answer = await client.next();
    const line = JSON.parse(graphql.logLines[0] ?? "");
    expect(line).toMatchObject({ level: "error", err: { message: "hunter2" } });
    expect(answer.payload?.errors).toMatchObject([
      {
        message: `internal error; request id ${line.requestId}`,
        extensions: { code: "INTERNAL", requestId: line.requestId },
      },
    ]);
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|stack|node_modules/);
  });

  test("that meets an unexpected error at an event shows a request id, and goes on", async () => {
    const watched = watchDatabase(database());
    const graphql = await startGraphql(watched);
    const { owner } = await startJob(database(), {});
    const client = await connect(graphql);
    client.subscribe("1", `subscription { jobChanged(number: ${owner.job}) { status dataset { name } } }`);
    await client.data();
    watched.intercept = ({ model }) => {
      if (model === "Dataset") throw new Error("hunter2");
    };
    await stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
    const answer = await client.next();
    const line = JSON.parse(graphql.logLines[0] ?? "");
    expect(answer.payload?.errors).toMatchObject([{ message: `internal error; request id ${line.requestId}` }]);
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|stack|node_modules/);
    watched.intercept = () => {};
    await completeJob(database(), owner, ACTOR);
    expect(await client.data()).toMatchObject({ jobChanged: { status: "COMPLETED" } });
  });
});
