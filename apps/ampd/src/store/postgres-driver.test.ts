import pg from "pg";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { createMigratedDatabase } from "../../test/databases.ts";
import { startTcpProxy } from "../../test/tcp-proxy.ts";
import { DatabaseUnavailableError } from "../domain/errors.ts";
import { type Database, openDatabase } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openPostgresDriver } from "./postgres-driver.ts";
import { withSchemaEngine } from "./schema-engine.ts";

const QUERY_TIMEOUT_MS = 300;

async function openThroughProxy(settings: { maxConnections?: number; queryTimeoutMs?: number } = {}) {
  const proxy = await startTcpProxy(await createMigratedDatabase());
  const errors: Error[] = [];
  const database = await openDatabase({
    kind: "postgres",
    url: proxy.url,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
    onConnectionError: (error) => errors.push(error),
    ...settings,
  });
  onTestFinished(() => database.close());
  return { proxy, database, errors };
}

async function msOf(run: Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await run;
  return performance.now() - startMs;
}

const ask = ({ prisma }: Database) => prisma.$queryRaw`select 1`;

/** A batch whose first statement stands while the second one takes its time. */
const writeThenSleep = ({ prisma }: Database, seconds: number) =>
  prisma.$transaction([
    prisma.$executeRaw`insert into provider (name, kind, network, config, updated_at) values ('x', 'k', 'n', '{}', now())`,
    prisma.$queryRaw`select pg_sleep(${seconds})::text`,
  ]);

/** How many sessions the server has of a database, by name of application. */
async function sessionsOf(url: string, application: string): Promise<number> {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  const { rowCount } = await client
    .query("select from pg_stat_activity where datname = $1 and application_name = $2", [
      new URL(url).pathname.slice(1),
      application,
    ])
    .finally(() => client.end());
  return rowCount ?? 0;
}

test("a session that is closed while a new one is being made leaves none behind, and is silent", async () => {
  const url = await createMigratedDatabase();
  const proxy = await startTcpProxy(url);
  const driver = await openPostgresDriver({ url, listenUrl: proxy.url });
  onTestFinished(() => driver.close());
  const heard: unknown[] = [];
  const session = await driver.listen("amp", (payload) => heard.push(payload));
  const reconnecting = proxy.nextClient();
  proxy.cut();
  await reconnecting;
  await session.close();
  expect(heard).toEqual([]);
  await expect.poll(() => sessionsOf(url, "ampd-listen")).toBe(0);
});

test("a server that does not answer is named without its credentials", async () => {
  const url = "postgresql://user:secret@127.0.0.1:1/amp";
  const refusal = openPostgresDriver({ url });
  await expect(refusal).rejects.toThrow(DatabaseUnavailableError);
  await expect(refusal).rejects.toThrow("the database at 127.0.0.1:1/amp cannot be used");
  await expect(refusal).rejects.not.toThrow("secret");
});

describe("a database that hangs", () => {
  test("fails every call in bounded time: one that runs, a batch, one that waits for a connection, a new connection", async () => {
    const { proxy, database, errors } = await openThroughProxy({ maxConnections: 2 });
    await ask(database);
    proxy.blackhole();
    const calls = [ask(database), writeThenSleep(database, 3_600), ask(database), ask(database)];
    const tookMs = await msOf(Promise.all(calls.map((call) => expect(call).rejects.toThrow())));
    expect(tookMs).toBeLessThan(10 * QUERY_TIMEOUT_MS);
    expect(errors.map(({ message }) => message)).toContain(`the database did not answer within ${QUERY_TIMEOUT_MS} ms`);
    proxy.restore();
    await ask(database);
  });

  test("is closed in bounded time, its connections too", async () => {
    const proxy = await startTcpProxy(await createMigratedDatabase());
    const driver = await openPostgresDriver({ url: proxy.url });
    const session = await driver.listen("amp", () => {});
    proxy.blackhole();
    expect(await msOf(session.close())).toBeLessThan(3_000);
    expect(await msOf(driver.close())).toBeLessThan(3_000);
    await expect.poll(() => proxy.connections, { timeout: 3_000 }).toBe(0);
  });

  test("is named at the start, without waiting for it", async () => {
    const proxy = await startTcpProxy(inject("postgresUrl"));
    proxy.blackhole();
    const refusal = openPostgresDriver({ url: proxy.url, queryTimeoutMs: QUERY_TIMEOUT_MS });
    await expect(refusal).rejects.toThrow(DatabaseUnavailableError);
  });
});

test("a statement that takes too long is refused by the server, which rolls back what stood before it", async () => {
  const { database, errors } = await openThroughProxy({ maxConnections: 1, queryTimeoutMs: 1_000 });
  await expect(writeThenSleep(database, 3_600)).rejects.toThrow("canceling statement due to statement timeout");
  expect(errors).toEqual([]);
  expect(await database.prisma.provider.count()).toBe(0);
});

test("a connection whose batch got no answer is not used again: nothing goes on in its transaction", async () => {
  const url = await createMigratedDatabase();
  // Behind a pooler the server sets no time-out: it answers when nobody waits any more.
  const settings = {
    kind: "postgres",
    url,
    listenUrl: url,
    maxConnections: 1,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
  } as const;
  const [database, other] = [await openDatabase(settings), await openDatabase({ kind: "postgres", url })];
  onTestFinished(() => database.close());
  onTestFinished(() => other.close());
  const tookMs = await msOf(
    expect(writeThenSleep(database, 2)).rejects.toThrow(/^Connection terminated|connection error/),
  );
  expect(tookMs).toBeLessThan(2_000);
  await database.prisma.provider.create({ data: { name: "y", kind: "k", network: "n", config: {} } });
  expect((await other.prisma.provider.findMany()).map(({ name }) => name)).toEqual(["y"]);
});

test("a connection that is busy without a pause for longer than a query may take is not taken for a dead one", async () => {
  const { database, errors } = await openThroughProxy({ maxConnections: 1 });
  const endMs = performance.now() + 3 * QUERY_TIMEOUT_MS;
  const askOnAndOn = async () => {
    while (performance.now() < endMs) await ask(database);
  };
  await Promise.all([askOnAndOn(), askOnAndOn(), askOnAndOn()]);
  expect(errors).toEqual([]);
});

test("a migration may take longer than any query", async () => {
  const { database } = await openThroughProxy();
  const session = database.driver.openMigrationSession();
  onTestFinished(() => session.close());
  const adapter = await session.adapterFactory.connect();
  await adapter.executeScript(`select pg_sleep(${(3 * QUERY_TIMEOUT_MS) / 1_000})`);
  expect(await migrate(database)).toEqual([]);
});

test("a schema engine that does not start leaves no session behind", async () => {
  const { database } = await openThroughProxy();
  const closed: string[] = [];
  const driver = {
    ...database.driver,
    openMigrationSession: () => ({
      adapterFactory: {
        ...database.driver.adapterFactory,
        connect: () => Promise.reject(new Error("no engine today")),
      },
      close: async () => void closed.push("closed"),
    }),
  };
  await expect(withSchemaEngine(driver, async () => {})).rejects.toThrow();
  expect(closed).toEqual(["closed"]);
});

describe("the session that listens", () => {
  test("is opened again when its connection is dead without a word, and tells of the gap", async () => {
    const url = await createMigratedDatabase();
    const proxy = await startTcpProxy(url);
    const errors: string[] = [];
    const onConnectionError = (error: Error) => errors.push(error.message);
    const driver = await openPostgresDriver({ url, listenUrl: proxy.url, listenPingMs: 100, onConnectionError });
    onTestFinished(() => driver.close());
    const heard: unknown[] = [];
    const session = await driver.listen("amp", (payload) => heard.push(payload));
    onTestFinished(() => session.close());
    proxy.blackhole();
    await expect.poll(() => errors).toContain("the database did not answer within 100 ms");
    expect(heard).toEqual([]);
    proxy.restore();
    await expect.poll(() => heard).toEqual([undefined]);
  });

  test("that may not listen ends its connection", async () => {
    const url = await createMigratedDatabase();
    const driver = await openPostgresDriver({ url });
    onTestFinished(() => driver.close());
    await expect(driver.listen("", () => {})).rejects.toThrow("zero-length delimited identifier");
    await expect.poll(() => sessionsOf(url, "ampd-listen")).toBe(0);
  });
});
