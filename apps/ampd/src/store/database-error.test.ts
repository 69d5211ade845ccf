import { describe, expect, onTestFinished, test } from "vitest";
import { createMigratedDatabase, DIALECTS } from "../../test/databases.ts";
import { useDatabase } from "../../test/store-fixtures.ts";
import { openWay } from "../../test/way-to-database.ts";
import { DatabaseUnavailableError, JobNotFoundError } from "../domain/errors.ts";
import { type Database, openDatabase } from "./database.ts";
import { isMissingReference, isRefusal, translateDatabaseError } from "./database-error.ts";

const errorOf = (failing: Promise<unknown>): Promise<unknown> =>
  failing.then(
    () => expect.unreachable("the statement succeeded"),
    (error: unknown) => error,
  );

const raise = ({ prisma }: Database, sqlState: string) =>
  errorOf(prisma.$executeRawUnsafe(`do $$ begin raise exception 'told to' using errcode = '${sqlState}'; end $$`));

const OUTAGE = expect.objectContaining({ code: "DATABASE_UNAVAILABLE", kind: "UNAVAILABLE", retryable: true });

const MANIFEST = {
  hash: "0".repeat(64),
  kind: "evm-rpc",
  network: "anvil",
  startBlock: 0n,
  finalizedBlocksOnly: false,
  content: {},
};

test.each([
  "Connection terminated unexpectedly",
  "Connection terminated due to connection timeout",
  "timeout exceeded when trying to connect",
])("'%s' is curable: a restart of the database must not fail a job for good", (message) => {
  expect(translateDatabaseError(new Error(message))).toBeInstanceOf(DatabaseUnavailableError);
});

test.each([new TypeError("x is undefined"), new JobNotFoundError(7n), "text", undefined])(
  "what is not the database's stays what it is: %s",
  (error) => {
    expect(translateDatabaseError(error)).toBe(error);
  },
);

describe.each(DIALECTS)("an error of %s", (dialect) => {
  const database = useDatabase(dialect);

  test.each([
    ["a connection that failed", "08006"],
    ["a connection that was refused", "08004"],
    ["a statement that took too long", "57014"],
    ["a shutdown by the administrator", "57P01"],
    ["a crash of another session", "57P02"],
    ["a server that starts", "57P03"],
    ["too many connections", "53300"],
    ["a full disk", "53100"],
    ["a serialization failure", "40001"],
    ["a deadlock", "40P01"],
    ["a lock that was not to be had", "55P03"],
    ["a server that is read-only", "25006"],
  ])("that says %s (%s) is an outage, and keeps its cause", async (_, sqlState) => {
    const error = await raise(database(), sqlState);
    expect(translateDatabaseError(error)).toEqual(OUTAGE);
    expect(translateDatabaseError(error)).toMatchObject({ cause: error });
    expect(isRefusal(error) || isMissingReference(error)).toBe(false);
  });

  test.each(["23505", "23502", "23514", "22012", "42601", "42P01", "57P04", "XX000", "AMP01", "AMP02"])(
    "of SQLSTATE %s is no outage",
    async (sqlState) => {
      const error = await raise(database(), sqlState);
      expect(translateDatabaseError(error)).toBe(error);
    },
  );

  test.each([
    ["raw SQL", ({ prisma }: Database) => prisma.$queryRaw`select * from nowhere`],
    [
      "a batch",
      ({ prisma }: Database) => prisma.$transaction([prisma.$queryRaw`select 1`, prisma.$queryRaw`select 1/0`]),
    ],
    ["a broken constraint", ({ prisma }: Database) => prisma.manifest.createMany({ data: [MANIFEST, MANIFEST] })],
  ])("that a wrong statement causes in %s is no outage", async (_, run) => {
    const error = await errorOf(run(database()));
    expect(translateDatabaseError(error)).toBe(error);
  });

  test("tells a refused condition and a missing reference apart", async () => {
    const { prisma } = database();
    const refused = await errorOf(prisma.$transaction([prisma.$queryRaw`select amp_require(false, 'NO')`]));
    expect([isRefusal(refused), isMissingReference(refused)]).toEqual([true, false]);
    const missing = await errorOf(prisma.$executeRaw`
      insert into dataset_version (namespace, name, version, manifest_hash) values ('a', 'b', '1.0.0', 'c')`);
    expect([isRefusal(missing), isMissingReference(missing)]).toEqual([false, true]);
    expect(translateDatabaseError(missing)).toBe(missing);
  });
});

describe("PostgreSQL itself", () => {
  const database = useDatabase("postgres");

  test("that cancels a statement after its time is an outage", async () => {
    const { prisma } = database();
    const error = await errorOf(
      prisma.$transaction([
        prisma.$queryRaw`select set_config('statement_timeout', '20', true)`,
        prisma.$queryRaw`select pg_sleep(60)::text`,
      ]),
    );
    expect(translateDatabaseError(error)).toEqual(OUTAGE);
  });

  test.each([
    ["a statement", ({ prisma }: Database) => prisma.$queryRaw`select pg_terminate_backend(pg_backend_pid())`],
    [
      "a batch",
      ({ prisma }: Database) =>
        prisma.$transaction([prisma.$queryRaw`select pg_terminate_backend(pg_backend_pid())`, prisma.job.findMany()]),
    ],
  ])("that ends the session within %s is an outage, and the next statement succeeds", async (_, run) => {
    const error = await errorOf(run(database()));
    expect(translateDatabaseError(error)).toEqual(OUTAGE);
    expect(await database().prisma.job.count()).toBe(0);
  });

  test("that cannot be reached any more is an outage to what runs and to what comes", async () => {
    const way = await openWay(await createMigratedDatabase());
    const gone = await openDatabase({ kind: "postgres", url: way.url });
    onTestFinished(() => gone.close());
    const { prisma } = gone;
    const running = [
      prisma.$queryRaw`select pg_sleep(60)::text`,
      prisma.$transaction([prisma.$queryRaw`select pg_sleep(60)::text`]),
    ].map(errorOf);
    await expect.poll(() => countSleepers(database())).toBe(2);
    way.cut();
    const coming = [prisma.$queryRaw`select 1`, prisma.job.findMany(), prisma.$transaction([prisma.job.count()])];
    for (const error of await Promise.all([...running, ...coming.map(errorOf)])) {
      expect(translateDatabaseError(error)).toEqual(OUTAGE);
    }
  });
});

async function countSleepers({ prisma }: Database): Promise<number> {
  const [row] = await prisma.$queryRaw<{ count: bigint }[]>`
    select count(*) as count from pg_stat_activity where wait_event = 'PgSleep' and query like '%pg_sleep(60)%'`;
  return Number(row?.count ?? 0n);
}
