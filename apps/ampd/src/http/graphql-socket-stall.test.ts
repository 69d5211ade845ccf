import { once } from "node:events";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { connect, connectSocket, type SocketClient } from "../../test/graphql/socket-client.ts";
import { type GraphqlServer, isFree, startGraphql } from "../../test/graphql/start-graphql.ts";
import { liveFigures, startJob, useDatabase } from "../../test/store-fixtures.ts";
import type { Ownership } from "../store/job-own.ts";
import { reportLive } from "../store/live.ts";

/** Fields of one answer that is some 300 kB long: a few dozen of them fill the kernel's buffers. */
const FIELDS = Array.from({ length: 10_000 }, (_, index) => `field${index}: headBlock`).join(" ");

/** Enough for them. */
const pipeline = { limits: { maxTokens: 100_000, maxAliases: 10_000 } };

const database = useDatabase("pglite");

const noteHead = (owner: Ownership, headBlock: number) =>
  reportLive(database(), owner, liveFigures({ headBlock: BigInt(headBlock) }));

/** Subscribes to a job's progress, and reads its first state. */
async function watchHead(client: SocketClient, job: bigint, fields: string): Promise<void> {
  client.subscribe("1", `subscription { jobProgress(number: ${job}, minInterval: 0) { headBlock ${fields} } }`);
  await client.data();
}

/** The server's ends of the connections that are opened from now on. */
function watchConnections({ server, socketDoor }: GraphqlServer): Duplex[] {
  const connections: Duplex[] = [];
  server.setHandlers({
    routes: [],
    upgrades: [
      (request, socket, head, context) => {
        connections.push(socket);
        return socketDoor.upgrade(request, socket, head, context);
      },
    ],
  });
  return connections;
}

test("a client that stops reading holds a bounded number of answers, costs others nothing, and goes on with the newest", async () => {
  const graphql = await startGraphql(database(), { pipeline });
  const [connections, { owner }] = [watchConnections(graphql), await startJob(database(), {})];
  const [stalled, healthy] = [await connect(graphql), await connect(graphql)];
  await watchHead(stalled, owner.job, FIELDS);
  await watchHead(healthy, owner.job, "");
  stalled.socket.pause();
  const changes = 100;
  let mostUnsent = 0;
  for (let head = 1; head <= changes; head += 1) {
    await noteHead(owner, head);
    expect(await healthy.data()).toEqual({ jobProgress: { headBlock: String(head) } });
    mostUnsent = Math.max(mostUnsent, connections[0]?.writableLength ?? 0);
  }
  // One frame is under way, no more.
  expect(mostUnsent).toBeGreaterThan(100_000);
  expect(mostUnsent).toBeLessThan(1_000_000);
  stalled.socket.resume();
  const heads: number[] = [];
  while (heads.at(-1) !== changes) heads.push(Number((await stalled.data()).jobProgress?.headBlock));
  expect(heads).toEqual(heads.toSorted((a, b) => a - b));
  expect(heads.length).toBeLessThan(changes);
});

test("a client that takes nothing for too long is closed, and its subscription given back", async () => {
  const limits = { stallLimitMs: 100, checkMs: 20, keepAliveMs: 3_600_000 };
  const graphql = await startGraphql(database(), { limits, maxSubscribers: 2, pipeline });
  const [connections, { owner }] = [watchConnections(graphql), await startJob(database(), {})];
  const [stalled, healthy] = [await connect(graphql), await connect(graphql)];
  await watchHead(stalled, owner.job, FIELDS);
  await watchHead(healthy, owner.job, "");
  stalled.socket.pause();
  for (let head = 1; connections[0]?.destroyed === false; head += 1) {
    await noteHead(owner, head);
    await healthy.data();
  }
  expect(graphql.logLines.map((line) => JSON.parse(line).msg)).toEqual([
    "a WebSocket client took nothing for too long",
  ]);
  expect(connections[1]?.destroyed).toBe(false);
  await expect.poll(() => isFree(graphql.hub, owner.job)).toBe(true);
});

test("a client that asks and does not read is not read either, and loses nothing", async () => {
  const graphql = await startGraphql(database(), { limits: { maxUnsentBytes: 100_000 } });
  const connections = watchConnections(graphql);
  const client = await connect(graphql);
  client.socket.pause();
  const questions = 150;
  const text = "x".repeat(200_000);
  for (let question = 0; question < questions; question += 1) client.send({ type: "ping", payload: { text } });
  const [connection] = connections;
  await expect.poll(() => connection?.isPaused(), { timeout: 10_000 }).toBe(true);
  expect(connection?.writableLength).toBeLessThan(2_000_000);
  client.socket.resume();
  for (let answer = 0; answer < questions; answer += 1) expect((await client.next()).type).toBe("pong");
});

test("a silent client that answers pings stays, and one that does not is closed", async () => {
  const graphql = await startGraphql(database(), { limits: { keepAliveMs: 40, checkMs: 10 } });
  const alive = await connect(graphql);
  const dead = await connect(graphql, { autoPong: false });
  expect((await dead.closed).code).toBe(1006);
  for (let ping = 0; ping < 3; ping += 1) await once(alive.socket, "ping");
  expect(alive.socket.readyState).toBe(alive.socket.OPEN);
});

test("a server that closes says good-bye to every client, and waits for those who answer", async () => {
  const graphql = await startGraphql(database(), { http: { closeGraceMs: 60_000 } });
  const { owner } = await startJob(database(), {});
  const clients = [await connect(graphql), await connect(graphql), await connectSocket(graphql)];
  for (const client of clients.slice(0, 2)) await watchHead(client, owner.job, "");
  await graphql.server.close();
  for (const client of clients) {
    expect(await client.closed).toEqual({ code: 1001, reason: "the server is closing" });
  }
});

test("a server that closes says its good-byes in batches", async () => {
  const limits = { goodbyeBatch: 1, goodbyeEveryMs: 200 };
  const graphql = await startGraphql(database(), { http: { closeGraceMs: 60_000 }, limits });
  const [first, second] = [await connect(graphql), await connect(graphql)];
  const closed = graphql.server.close();
  await first.closed;
  expect(second.socket.readyState).toBe(second.socket.OPEN);
  await second.closed;
  await closed;
});

test("a server that closes cuts a client that does not answer", async () => {
  const graphql = await startGraphql(database(), { http: { closeGraceMs: 60_000 }, limits: { goodbyeMs: 50 } });
  const client = await connect(graphql);
  client.socket.pause();
  await graphql.server.close();
  client.socket.resume();
  await client.closed;
});

test("closing the door twice is closing it once, and a later handshake is refused", async () => {
  const graphql = await startGraphql(database());
  await connect(graphql);
  await Promise.all([graphql.socketDoor.close(), graphql.socketDoor.close()]);
  await graphql.socketDoor.close();
  await expect(connectSocket(graphql)).rejects.toThrow("503");
});
