import { EventEmitter, on } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { createMigratedDatabase, DIALECTS } from "../../test/databases.ts";
import {
  ACTOR,
  deploy,
  FAILURE,
  liveFigures,
  makeDeployment,
  publish,
  startJob,
  startWorker,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { type Database, openDatabase } from "./database.ts";
import { deployJob } from "./job-deploy.ts";
import { claimJobs, scheduleRetry } from "./job-own.ts";
import { stopJob } from "./job-stop.ts";
import { reportLive } from "./live.ts";
import { listen, parseWake, type Wake } from "./notifications.ts";
import { registerProvider, removeProvider } from "./provider.ts";
import { publishSegment } from "./segment.ts";

const PROVIDER = { kind: "evm-rpc", network: "anvil", url: "http://rpc.example" };

/** Listens until the test ends; `take` gives the wakes one by one, and waits for the next. */
async function startListening(database: Database): Promise<{ take: () => Promise<Wake>; close: () => Promise<void> }> {
  const emitter = new EventEmitter();
  const wakes = on(emitter, "wake");
  const session = await listen(database, (wake) => emitter.emit("wake", wake));
  onTestFinished(() => session.close());
  return { take: async () => (await wakes.next()).value?.[0], close: () => session.close() };
}

/** The wake-ups up to a mark that comes after all of them. */
async function wakesOf(database: Database, act: () => Promise<unknown>): Promise<Wake[]> {
  const { take } = await startListening(database);
  await act();
  await database.prisma.$queryRaw`select pg_notify('amp', 'mark')::text`;
  const wakes: Wake[] = [];
  for (let wake = await take(); wake.kind !== "everything"; wake = await take()) wakes.push(wake);
  return wakes;
}

describe.each(DIALECTS)("notifications on %s", (dialect) => {
  const database = useDatabase(dialect);

  test("come once for each move, with the job's number", async () => {
    const worker = await startWorker(database());
    const wakes = await wakesOf(database(), async () => {
      await deploy(database());
      const [job] = await claimJobs(database(), { ...worker, limit: 1 });
      await stopJob(database(), { number: job?.number ?? 0n, deadlineMs: 1 }, ACTOR);
    });
    const [job] = await database().prisma.job.findMany();
    expect(wakes).toEqual(Array(3).fill({ kind: "moved", jobs: [job?.number] }));
  });

  test("come once for a move with a cause, although it writes two events", async () => {
    const { owner } = await startJob(database());
    const wakes = await wakesOf(database(), () =>
      scheduleRetry(database(), owner, { actor: ACTOR, failure: FAILURE, delayMs: 0, counted: true }),
    );
    expect(wakes).toEqual([{ kind: "moved", jobs: [owner.job] }]);
  });

  test("do not come for a deploy that changes nothing", async () => {
    const deployment = await makeDeployment(database());
    await deployJob(database(), deployment, ACTOR);
    expect(await wakesOf(database(), () => deployJob(database(), deployment, ACTOR))).toEqual([]);
  });

  test("name all jobs that one statement moved", async () => {
    const worker = await startWorker(database());
    const jobs = [(await deploy(database())).number, (await deploy(database())).number];
    const wakes = await wakesOf(database(), () => claimJobs(database(), { ...worker, limit: 5 }));
    const [wake] = wakes;
    expect(wakes).toHaveLength(1);
    if (wake?.kind !== "moved") throw new Error("the wake names the jobs");
    expect(new Set(wake.jobs)).toEqual(new Set(jobs));
  });

  test.each([100, 101])("of a bulk of %i jobs fit in one", async (count) => {
    const { take } = await startListening(database());
    await database().prisma.$executeRaw`
      insert into job_event (job_number, type, node_id)
      select 9000000000000000 + n, 'REORG', 'x' from generate_series(1, ${count}) n`;
    const wake = await take();
    if (count > 100) expect(wake).toEqual({ kind: "everything" });
    else expect(wake.kind === "moved" ? wake.jobs.length : 0).toBe(100);
  });

  test("say that tables progressed when a segment is published or a report has news", async () => {
    const { owner } = await startJob(database());
    const tables = await takeAll(database(), owner);
    const progressed = { kind: "progressed", jobs: [owner.job] };
    expect(await wakesOf(database(), () => publish(database(), owner, { tables, span: { start: 0, end: 9 } }))).toEqual(
      [progressed],
    );
    const report = (isNews: boolean) => () => reportLive(database(), owner, { ...liveFigures(), isNews });
    expect(await wakesOf(database(), report(true))).toEqual([progressed]);
    expect(await wakesOf(database(), report(false))).toEqual([]);
  });

  test("do not come from a publish that is refused", async () => {
    const { owner } = await startJob(database());
    const files = await publish(database(), owner, {
      tables: await takeAll(database(), owner),
      span: { start: 0, end: 9 },
    });
    const refused = () => expect(publishSegment(database(), owner, files)).rejects.toThrow();
    expect(await wakesOf(database(), refused)).toEqual([]);
  });

  test("say that the providers changed, when they did", async () => {
    expect(await wakesOf(database(), () => registerProvider(database(), "one", PROVIDER))).toEqual([
      { kind: "providers" },
    ]);
    expect(await wakesOf(database(), () => removeProvider(database(), "one"))).toEqual([{ kind: "providers" }]);
  });

  test("reach every listener, and none that was closed", async () => {
    const one = await startListening(database());
    const heard: Wake[] = [];
    const other = await listen(database(), (wake) => heard.push(wake));
    await other.close();
    const { number } = await deploy(database());
    expect(await one.take()).toEqual({ kind: "moved", jobs: [number] });
    expect(heard).toEqual([]);
  });
});

describe("a notification", () => {
  test.each([
    ["job 7", { kind: "moved", jobs: [7n] }],
    ["job 7 12", { kind: "moved", jobs: [7n, 12n] }],
    ["tables 7", { kind: "progressed", jobs: [7n] }],
    ["provider", { kind: "providers" }],
  ])("of %j is understood", (payload, wake) => {
    expect(parseWake(payload)).toEqual(wake);
  });

  test.each([
    undefined,
    "",
    "job",
    "job ",
    "job *",
    "job x",
    "job 7 ",
    "job 7  8",
    "job -7",
    "job 7.5",
    "job 0x7",
    "job 9223372036854775808",
    "job 99999999999999999999",
    "tables",
    "provider 7",
    "JOB 7",
    "nothing known",
    "{}",
  ])("of %j is not, and wakes everybody", (payload) => {
    expect(parseWake(payload)).toEqual({ kind: "everything" });
  });
});

describe("the session that listens on postgres", () => {
  /** Ends every listening session of the database, and says how many there were. */
  async function killSessions(database: Database): Promise<number> {
    const rows = await database.prisma.$queryRaw<unknown[]>`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'ampd-listen' and datname = current_database()`;
    return rows.length;
  }

  /** The server takes a moment to end one. */
  async function countSessions(database: Database): Promise<number> {
    const rows = await database.prisma.$queryRaw<unknown[]>`
      select pid from pg_stat_activity where application_name = 'ampd-listen' and datname = current_database()`;
    return rows.length;
  }

  async function open(): Promise<{ database: Database; errors: Error[] }> {
    const errors: Error[] = [];
    const onConnectionError = (error: Error) => errors.push(error);
    const database = await openDatabase({ kind: "postgres", url: await createMigratedDatabase(), onConnectionError });
    onTestFinished(() => database.close());
    return { database, errors };
  }

  test("comes back when it is killed, says that everything may have changed, and hears what comes after", async () => {
    const { database, errors } = await open();
    const { take } = await startListening(database);
    for (let round = 0; round < 2; round += 1) {
      expect(await killSessions(database)).toBe(1);
      expect(await take()).toEqual({ kind: "everything" });
      const { number } = await deploy(database);
      expect(await take()).toEqual({ kind: "moved", jobs: [number] });
    }
    expect(errors).not.toEqual([]);
  });

  test("that is closed while it is away stays away", async () => {
    const { database } = await open();
    const { close } = await startListening(database);
    await killSessions(database);
    await close();
    await expect.poll(() => countSessions(database)).toBe(0);
  });

  test("that is closed twice is closed", async () => {
    const { database } = await open();
    const { close } = await startListening(database);
    await close();
    await close();
    await expect.poll(() => countSessions(database)).toBe(0);
  });
});
