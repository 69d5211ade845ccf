import { randomUUID } from "node:crypto";
import fc from "fast-check";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { createMigratedDatabase, DIALECTS } from "../../test/databases.ts";
import { ACTOR, makeJobIn, startJob, useDatabase } from "../../test/store-fixtures.ts";
import { type EventPage, findEvent, listEvents, STATUS_EVENTS } from "./event.ts";
import { completeJob, handOver } from "./job-own.ts";

describe.each(DIALECTS)("the event log on %s", (dialect) => {
  const database = useDatabase(dialect);

  test("numbers events in the order of their moves, over all jobs", async () => {
    const { owner: first } = await startJob(database());
    const { owner: second } = await startJob(database());
    await completeJob(database(), second, ACTOR);
    await completeJob(database(), first, ACTOR);
    const rows = await database().prisma.jobEvent.findMany({ orderBy: { sequence: "asc" } });
    expect(rows.map(({ jobNumber, type }) => [jobNumber, type])).toEqual([
      [first.job, "SCHEDULED"],
      [first.job, "RUNNING"],
      [second.job, "SCHEDULED"],
      [second.job, "RUNNING"],
      [second.job, "COMPLETED"],
      [first.job, "COMPLETED"],
    ]);
  });

  test("numbers the events of one transaction in the order in which they were written", async () => {
    const add = (job: number) =>
      database().prisma.$executeRaw`insert into job_event (job_number, type, node_id) values (${job}, 'REORG', 'x')`;
    await database().prisma.$transaction([add(3), add(1), add(2)]);
    const rows = await database().prisma.jobEvent.findMany({ orderBy: { sequence: "asc" } });
    expect(rows.map(({ jobNumber }) => jobNumber)).toEqual([3n, 1n, 2n]);
  });

  test.each(["type = 'FAILED'", "reason = 'x'", "sequence = sequence + 1000", "sequence = null", "job_number = 1"])(
    "refuses to set %s",
    async (assignment) => {
      const { job } = await makeJobIn(database(), "COMPLETED");
      const before = await listEvents(database(), { job: job.number });
      const update = database().prisma.$executeRawUnsafe(`update job_event set ${assignment}`);
      await expect(update).rejects.toThrow("is part of an append-only log");
      expect(await listEvents(database(), { job: job.number })).toEqual(before);
    },
  );

  test("is read page by page: what comes after a sequence, of one job, of the wanted types", async () => {
    const { owner } = await startJob(database());
    await makeJobIn(database(), "STOPPED");
    await handOver(database(), owner, ACTOR);
    const job = owner.job;
    const all = await listEvents(database(), { job });
    expect(all.map(({ type }) => type)).toEqual(["SCHEDULED", "RUNNING", "HANDED_OVER", "SCHEDULED"]);
    const read = [];
    for (let after: bigint | undefined; ; ) {
      const page = await listEvents(database(), { job, after, limit: 2 });
      read.push(...page);
      after = page.at(-1)?.sequence;
      if (after === undefined) break;
    }
    expect(read).toEqual(all);
    expect(await listEvents(database(), { job, types: STATUS_EVENTS })).toEqual(
      all.filter(({ type }) => type !== "HANDED_OVER"),
    );
    expect(await listEvents(database(), { job, types: STATUS_EVENTS, after: all[1]?.sequence, limit: 9 })).toEqual(
      all.slice(3),
    );
    expect(await listEvents(database(), { job: 999_999n })).toEqual([]);
  });

  test("is read from either end, always in the order of the log", async () => {
    const { owner } = await startJob(database());
    await handOver(database(), owner, ACTOR);
    const job = owner.job;
    const all = await listEvents(database(), { job });
    const [first, second, third, fourth] = all.map(({ sequence }) => sequence);
    const sequences = async (page: Partial<EventPage>) =>
      (await listEvents(database(), { job, ...page })).map(({ sequence }) => sequence);
    expect(await sequences({ limit: 2 })).toEqual([first, second]);
    expect(await sequences({ limit: 2, fromEnd: true })).toEqual([third, fourth]);
    expect(await sequences({ limit: 2, fromEnd: true, before: fourth })).toEqual([second, third]);
    expect(await sequences({ after: first, before: fourth })).toEqual([second, third]);
  });

  test("gives one event of a job by its sequence, and none of another job", async () => {
    const { owner } = await startJob(database());
    const { owner: other } = await startJob(database());
    const [event] = await listEvents(database(), { job: owner.job });
    const sequence = event?.sequence ?? 0n;
    expect(await findEvent(database(), owner.job, sequence)).toEqual(event);
    expect(await findEvent(database(), other.job, sequence)).toBeNull();
    expect(await findEvent(database(), owner.job, sequence + 1_000n)).toBeNull();
  });
});

describe("the order of events on postgres", () => {
  /** A database with a second log beside the first, whose numbers are given at the INSERT, as a bigserial does it. */
  async function openLog() {
    const url = await createMigratedDatabase();
    const connect = async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      onTestFinished(() => client.end());
      return client;
    };
    const reader = await connect();
    await reader.query("create table plain_log (sequence bigserial primary key, key uuid not null)");
    const seen = { ours: new Set<string>(), plain: new Set<string>() };
    const cursors = { ours: 0n, plain: 0n };
    const readPast = async (log: "ours" | "plain", sql: string) => {
      const { rows } = await reader.query<{ sequence: string; key: string }>(sql, [cursors[log]]);
      for (const row of rows) {
        seen[log].add(row.key);
        cursors[log] = BigInt(row.sequence);
      }
    };
    /** Reads what lies behind the highest sequence seen so far, and never looks back. */
    const poll = async () => {
      await readPast("ours", "select sequence, request_id as key from job_event where sequence > $1 order by sequence");
      await readPast("plain", "select sequence, key from plain_log where sequence > $1 order by sequence");
    };
    const write = async (client: pg.Client) => {
      const key = randomUUID();
      await client.query("insert into job_event (job_number, type, node_id, request_id) values (1, 'REORG', 'x', $1)", [
        key,
      ]);
      await client.query("insert into plain_log (key) values ($1)", [key]);
      return key;
    };
    return { connect, poll, write, seen };
  }

  test("is that of the commits: a transaction that wrote first and commits last comes last", async () => {
    const { connect, poll, write, seen } = await openLog();
    const [slow, fast] = await Promise.all([connect(), connect()]);
    await slow.query("begin");
    const first = await write(slow);
    await fast.query("begin");
    const second = await write(fast);
    await fast.query("commit");
    await poll();
    await slow.query("commit");
    await poll();
    expect([...seen.ours]).toEqual([second, first]);
    // The same reader of a plain bigserial never sees the slow one: this is what the test would catch.
    expect([...seen.plain]).toEqual([second]);
  });

  test("never hides an event from a reader that keeps the highest sequence, however slow the writers are", async () => {
    const { connect, poll, write, seen } = await openLog();
    const written: string[] = [];
    const [delays = []] = fc.sample(fc.array(fc.nat(6), { minLength: 240, maxLength: 240 }), 1);
    let running = true;
    const reading = (async () => {
      while (running) await poll();
    })();
    const runWriter = async (mine: readonly number[]) => {
      const client = await connect();
      for (const delay of mine) {
        await client.query("begin");
        const key = await write(client);
        // Round trips that hold the transaction open.
        for (let trip = 0; trip < delay; trip += 1) await client.query("select 1");
        const isKept = delay !== 5;
        await client.query(isKept ? "commit" : "rollback");
        if (isKept) written.push(key);
      }
    };
    const writers = Array.from({ length: 8 }, (_, index) => runWriter(delays.slice(index * 30, index * 30 + 30)));
    await Promise.all(writers);
    running = false;
    await reading;
    await poll();
    expect(new Set(written)).toEqual(seen.ours);
  });
});
