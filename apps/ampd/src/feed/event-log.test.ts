import { describe, expect, onTestFinished, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { type WatchedDatabase, watchDatabase } from "../../test/graphql/watched-database.ts";
import { ACTOR, startJob, useDatabase } from "../../test/store-fixtures.ts";
import { InvalidArgumentError, TooManySubscriptionsError } from "../domain/errors.ts";
import { logBounds, readLog } from "../store/event-log.ts";
import { forgetOldEvents } from "../store/housekeeping.ts";
import { completeJob, handOver } from "../store/job-own.ts";
import { createLog } from "../telemetry/log.ts";
import { EventLog, type EventLogSettings } from "./event-log.ts";
import type { LogItem } from "./log-reader.ts";

const HOUR_MS = 3_600_000;

describe.each(DIALECTS)("the event log on %s", (dialect) => {
  const database = useDatabase(dialect);

  async function openLog(
    settings: Partial<EventLogSettings> = {},
  ): Promise<{ events: EventLog; watched: WatchedDatabase }> {
    const watched = watchDatabase(database());
    const log = createLog({ level: "silent" });
    const events = await EventLog.open({ database: watched, log, maxSubscribers: 100, ...settings });
    onTestFinished(() => events.close());
    return { events, watched };
  }

  /** Writes so many events, all at once. */
  const write = (count: number, job = 1) =>
    database().prisma.$executeRaw`
      insert into job_event (job_number, type, node_id) select ${job}, 'REORG', 'x' from generate_series(1, ${count}::bigint)`;
  const newest = async () => (await logBounds(database())).newest;
  const sequences = async (after = 0n) =>
    (await readLog(database(), { after, limit: 10_000 })).events.map(({ sequence }) => sequence);

  async function take(items: AsyncIterator<LogItem>, count: number): Promise<LogItem[]> {
    const taken: LogItem[] = [];
    while (taken.length < count) {
      const { done, value } = await items.next();
      if (done === true) throw new Error("the iteration has ended");
      taken.push(value);
    }
    return taken;
  }
  const sequencesOf = (items: readonly LogItem[]) =>
    items.map((item) => (item.kind === "event" ? item.event.sequence : item.kind));

  test("gives what is kept after the cursor, says that it is caught up, then what happens", async () => {
    await write(3);
    const { events } = await openLog();
    const all = await sequences();
    const items = await events.follow({ after: all[0] });
    expect(await take(items, 3)).toMatchObject([
      { kind: "event", event: { sequence: all[1], type: "REORG", jobNumber: 1n } },
      { kind: "event", event: { sequence: all[2] } },
      { kind: "caughtUp", cursor: all[2] },
    ]);
    const { owner } = await startJob(database());
    await completeJob(database(), owner, ACTOR);
    expect(await take(items, 3)).toMatchObject(
      ["SCHEDULED", "RUNNING", "COMPLETED"].map((type) => ({ kind: "event", event: { type, jobNumber: owner.job } })),
    );
  });

  test("without a cursor begins now", async () => {
    const { events } = await openLog({ pollMs: HOUR_MS });
    await write(3);
    const items = await events.follow({});
    expect(await take(items, 1)).toEqual([{ kind: "caughtUp", cursor: await newest() }]);
    await write(1);
    expect(sequencesOf(await take(items, 1))).toEqual([await newest()]);
  });

  test("gives every event once, in order, to readers of any pace, through windows and pages of any size", async () => {
    await write(25);
    const { events } = await openLog({ windowSize: 4, pageSize: 3 });
    const start = (await logBounds(database())).droppedTo;
    const eager = await events.follow({ after: start });
    const lazy = await events.follow({ after: start });
    expect(sequencesOf(await take(lazy, 2))).toEqual((await sequences(start)).slice(0, 2));
    expect(sequencesOf(await take(eager, 26))).toEqual([...(await sequences(start)), "caughtUp"]);
    await write(10);
    const all = await sequences(start);
    const isEvent = (item: bigint | string) => typeof item === "bigint";
    const eagerly: (bigint | string)[] = [];
    while (eagerly.filter(isEvent).length < 10) eagerly.push(...sequencesOf(await take(eager, 1)));
    expect(eagerly.filter(isEvent)).toEqual(all.slice(25));
    const lazily: (bigint | string)[] = [];
    while (lazily.at(-1) !== "caughtUp") lazily.push(...sequencesOf(await take(lazy, 1)));
    expect(lazily).toEqual([...all.slice(2), "caughtUp"]);
  });

  test("is filtered alike from the database and from the window, and a filter that selects nothing is caught up", async () => {
    await write(3, 1);
    await write(3, 2);
    const { events } = await openLog({ windowSize: 1 });
    const start = (await logBounds(database())).droppedTo;
    const ofTwo = await events.follow({ after: start, filter: { jobs: [2n] } });
    const ofNone = await events.follow({ after: start, filter: { jobs: [3n] } });
    const all = await sequences(start);
    expect(sequencesOf(await take(ofTwo, 4))).toEqual([...all.slice(3), "caughtUp"]);
    expect(await take(ofNone, 1)).toEqual([{ kind: "caughtUp", cursor: all.at(-1) }]);
    await write(1, 1);
    await write(1, 2);
    const [item] = await take(ofTwo, 1);
    expect(item).toMatchObject({ kind: "event", event: { jobNumber: 2n, sequence: await newest() } });
  });

  test("tells a reader what it missed when retention was faster, and goes on from what is kept", async () => {
    await write(5);
    const cut = await newest();
    await forgetOldEvents(database(), -60_000);
    await write(2);
    const { events } = await openLog();
    const items = await events.follow({ after: cut - 3n });
    const kept = await sequences();
    expect(await take(items, 4)).toMatchObject([
      { kind: "lagged", missed: 3n, resumeFrom: cut },
      { kind: "event", event: { sequence: kept[0] } },
      { kind: "event", event: { sequence: kept[1] } },
      { kind: "caughtUp", cursor: kept[1] },
    ]);
    const exact = await events.follow({ after: cut });
    expect(sequencesOf(await take(exact, 3))).toEqual([...kept, "caughtUp"]);
  });

  test("tells a reader that stood still while retention passed it", async () => {
    const { events } = await openLog({ windowSize: 2, pageSize: 2 });
    const items = await events.follow({});
    await take(items, 1);
    const from = await newest();
    await write(6);
    const live = await events.follow({});
    await take(live, 1);
    await forgetOldEvents(database(), -60_000);
    const cut = await newest();
    expect(await take(items, 2)).toEqual([
      { kind: "lagged", missed: cut - from, resumeFrom: cut },
      { kind: "caughtUp", cursor: cut },
    ]);
  });

  test("refuses a cursor that is later than its end, and takes one that it does not know of yet", async () => {
    const { events } = await openLog({ pollMs: HOUR_MS });
    await write(2);
    const end = await newest();
    expect(await take(await events.follow({ after: end }), 1)).toEqual([{ kind: "caughtUp", cursor: end }]);
    const refused = events.follow({ after: end + 1n });
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toThrow(
      `cursor '${end + 1n}' is not one of this log, whose newest event is '${end}'`,
    );
    await expect(events.follow({ after: -1n })).rejects.toThrow("cursor '-1'");
  });

  test("finds what a lost notification was about by its poll", async () => {
    const { events } = await openLog({ pollMs: 20 });
    const items = await events.follow({});
    await take(items, 1);
    await database().prisma.$transaction([
      database().prisma.$executeRaw`set local session_replication_role = replica`,
      database().prisma.$executeRaw`
        insert into job_event (sequence, job_number, type, node_id)
        values (nextval('job_event_sequence'), 5, 'REORG', 'silent')`,
    ]);
    expect(await take(items, 1)).toMatchObject([{ kind: "event", event: { nodeId: "silent" } }]);
  });

  test("reads once per change for all readers at the end", async () => {
    const { events, watched } = await openLog({ pollMs: HOUR_MS });
    const readers = await Promise.all(Array.from({ length: 20 }, () => events.follow({})));
    for (const items of readers) await take(items, 1);
    const before = watched.reads.count;
    await write(1);
    for (const items of readers) expect(sequencesOf(await take(items, 1))).toEqual([await newest()]);
    expect(watched.reads.count - before).toBe(1);
  });

  test("survives failures of the database, at the end and behind it, and skips nothing", async () => {
    await write(6);
    const { events, watched } = await openLog({ pollMs: 10, windowSize: 2, pageSize: 2 });
    const start = (await logBounds(database())).droppedTo;
    const items = await events.follow({ after: start });
    let failures = 0;
    watched.intercept = () => {
      if (Math.random() < 0.4) return;
      failures += 1;
      throw new Error("down");
    };
    const first = take(items, 7);
    expect(sequencesOf(await first)).toEqual([...(await sequences(start)), "caughtUp"]);
    await write(5);
    const next: (bigint | string)[] = [];
    while (next.filter((item) => item !== "caughtUp").length < 5) next.push(...sequencesOf(await take(items, 1)));
    expect(next.filter((item) => item !== "caughtUp")).toEqual((await sequences(start)).slice(6));
    expect(failures).toBeGreaterThan(0);
  });

  test("limits its readers, frees a place on return, and ends all on close", async () => {
    const { events } = await openLog({ maxSubscribers: 2 });
    const [first, second] = await Promise.all([events.follow({}), events.follow({})]);
    await expect(events.follow({})).rejects.toThrow(TooManySubscriptionsError);
    await take(first, 1);
    const waiting = first.next();
    await first.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const third = await events.follow({});
    await Promise.all([take(second, 1), take(third, 1)]);
    const ends = [second.next(), third.next()];
    await events.close();
    for (const end of ends) expect(await end).toEqual({ done: true, value: undefined });
    await handOver(database(), (await startJob(database())).owner, ACTOR);
  });
});
