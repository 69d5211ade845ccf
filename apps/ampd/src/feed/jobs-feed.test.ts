import { describe, expect, onTestFinished, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { type WatchedDatabase, watchDatabase } from "../../test/graphql/watched-database.ts";
import { ACTOR, deploy, startJob, useDatabase } from "../../test/store-fixtures.ts";
import { InvalidArgumentError, TooManySubscriptionsError } from "../domain/errors.ts";
import { forgetOldEvents } from "../store/housekeeping.ts";
import { completeJob } from "../store/job-own.ts";
import { removeJob } from "../store/job-remove.ts";
import { stopJob } from "../store/job-stop.ts";
import { createLog } from "../telemetry/log.ts";
import { EventLog, type EventLogSettings } from "./event-log.ts";
import { JobsFeed, type JobsFeedSettings } from "./jobs-feed.ts";
import type { JobsItem } from "./jobs-reader.ts";

const HOUR_MS = 3_600_000;
const NOW = { intervalMs: 0 };

describe.each(DIALECTS)("the feed of jobs on %s", (dialect) => {
  const database = useDatabase(dialect);

  async function openFeed(
    settings: Partial<JobsFeedSettings> = {},
    logSettings: Partial<EventLogSettings> = {},
  ): Promise<{ feed: JobsFeed; watched: WatchedDatabase }> {
    const watched = watchDatabase(database());
    const log = createLog({ level: "silent" });
    const events = await EventLog.open({ database: database(), log, maxSubscribers: 10, ...logSettings });
    const common = { log, events, maxSubscribers: 100, minReadIntervalMs: 0, retryMs: 10 };
    const feed = await JobsFeed.open({ database: watched, ...common, ...settings });
    onTestFinished(async () => {
      await feed.close();
      await events.close();
    });
    return { feed, watched };
  }

  function inWords(item: JobsItem): string {
    if (item.kind === "caughtUp") return "caught up";
    if (item.kind === "left") return `${item.number} left: ${item.reason}`;
    return `${item.job.number} ${item.job.status}`;
  }

  async function take(items: AsyncIterator<JobsItem>, count: number): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < count) {
      const { done, value } = await items.next();
      if (done === true) throw new Error("the iteration has ended");
      taken.push(inWords(value));
    }
    return taken;
  }

  const stop = (number: bigint) => stopJob(database(), { number, deadlineMs: 60_000 }, ACTOR);
  const remove = (number: bigint) => removeJob(database(), { number }, ACTOR);

  test("begins with the jobs that are there, and tells what comes, changes and goes", async () => {
    const [first, second] = [await deploy(database()), await deploy(database())];
    const { feed } = await openFeed();
    const items = await feed.watchJobs({ statuses: ["SCHEDULED", "STOPPED"] }, NOW);
    expect(await take(items, 3)).toEqual([`${first.number} SCHEDULED`, `${second.number} SCHEDULED`, "caught up"]);
    const third = await deploy(database());
    expect(await take(items, 1)).toEqual([`${third.number} SCHEDULED`]);
    await stop(first.number);
    expect(await take(items, 1)).toEqual([`${first.number} STOPPED`]);
    await remove(first.number);
    expect(await take(items, 1)).toEqual([`${first.number} left: REMOVED`]);
  });

  test("tells that a job left the filter, and when it comes back", async () => {
    const { owner } = await startJob(database());
    const { feed } = await openFeed();
    const running = await feed.watchJobs({ statuses: ["RUNNING"] }, NOW);
    const ended = await feed.watchJobs({ ended: {} }, NOW);
    expect(await take(running, 2)).toEqual([`${owner.job} RUNNING`, "caught up"]);
    expect(await take(ended, 1)).toEqual(["caught up"]);
    await completeJob(database(), owner, ACTOR);
    expect(await take(running, 1)).toEqual([`${owner.job} left: CHANGED`]);
    expect(await take(ended, 1)).toEqual([`${owner.job} COMPLETED`]);
  });

  test("loses nothing that happens while the snapshot is read", async () => {
    const [stays, goes] = [await deploy(database()), await deploy(database())];
    await stop(goes.number);
    const { feed, watched } = await openFeed();
    let isHeld = false;
    watched.hold = async () => {
      if (isHeld) return;
      isHeld = true;
      // The snapshot is in hand, and old before it is given on.
      await stop(stays.number);
      await remove(goes.number);
      const other = await feed.watchJobs({}, NOW);
      while ((await take(other, 1))[0] !== "caught up");
    };
    const items = await feed.watchJobs({}, NOW);
    const told = new Map<string, string>();
    // Whatever came in between, the end is this.
    await expect
      .poll(async () => {
        for (const word of await take(items, told.size === 0 ? 2 : 1)) told.set(word.split(" ")[0] ?? "", word);
        return told.get(String(stays.number));
      })
      .toBe(`${stays.number} STOPPED`);
    const last = await deploy(database());
    for (let word = ""; word !== `${last.number} SCHEDULED`; ) {
      [word = ""] = await take(items, 1);
      told.set(word.split(" ")[0] ?? "", word);
    }
    expect([undefined, `${goes.number} left: REMOVED`]).toContain(told.get(String(goes.number)));
  });

  test("reads a change once for all subscribers", async () => {
    const { feed, watched } = await openFeed({}, { pollMs: HOUR_MS });
    const subscribers = await Promise.all(Array.from({ length: 20 }, () => feed.watchJobs({}, NOW)));
    for (const items of subscribers) expect(await take(items, 1)).toEqual(["caught up"]);
    const before = watched.reads.count;
    const { number } = await deploy(database());
    for (const items of subscribers) expect(await take(items, 1)).toEqual([`${number} SCHEDULED`]);
    expect(watched.reads.count - before).toBe(1);
  });

  test("tells every job of a bulk, whose notification names none", async () => {
    const { feed } = await openFeed();
    const items = await feed.watchJobs({ statuses: ["STOPPED"] }, NOW);
    await take(items, 1);
    const jobs = Array.from({ length: 120 }, (_, index) => index + 1_000_000);
    await database().prisma.$transaction([
      database().prisma.$executeRaw`set local session_replication_role = replica`,
      database().prisma.$executeRaw`
        insert into job (number, status, namespace, name, manifest_hash)
        select number, 'STOPPED', '_', 'eth', repeat('a', 64) from unnest(${jobs}::bigint[]) number`,
      database().prisma.$executeRaw`set local session_replication_role = origin`,
      database().prisma.$executeRaw`
        insert into job_event (job_number, type, node_id) select number, 'STOPPED', 'x' from unnest(${jobs}::bigint[]) number`,
    ]);
    expect(new Set(await take(items, 120))).toEqual(new Set(jobs.map((number) => `${number} STOPPED`)));
  });

  test("survives failures of the database, and takes a new snapshot when the log has lost what happened", async () => {
    const { owner } = await startJob(database());
    const gone = await deploy(database());
    const { feed, watched } = await openFeed({}, { windowSize: 1, pageSize: 1 });
    const items = await feed.watchJobs({ statuses: ["RUNNING", "SCHEDULED"] }, NOW);
    expect(await take(items, 3)).toEqual([`${owner.job} RUNNING`, `${gone.number} SCHEDULED`, "caught up"]);
    let failures = 0;
    watched.intercept = () => {
      failures += 1;
      if (failures <= 3) throw new Error("down");
    };
    // In one transaction, so that nobody sees the events before they are dropped.
    const { prisma } = database();
    await prisma.$transaction([
      prisma.$queryRaw`select set_config('amp.retention', 'on', true)`,
      prisma.$executeRaw`update job set status = 'STOPPED', version = version + 1, ended_at = now() where number = ${gone.number}`,
      prisma.$executeRaw`
        insert into job_event (job_number, type, node_id) values (${gone.number}, 'STOPPED', 'x')`,
      prisma.$executeRaw`set constraints all immediate`,
      prisma.$executeRaw`delete from job_event`,
    ]);
    expect(await take(items, 2)).toEqual(["caught up", `${gone.number} left: CHANGED`]);
    expect(failures).toBeGreaterThan(3);
    await forgetOldEvents(database(), -60_000);
    await completeJob(database(), owner, ACTOR);
    expect(await take(items, 1)).toEqual([`${owner.job} left: CHANGED`]);
  });

  test("refuses a filter that selects too many, and ends when it comes to select far too many", async () => {
    await deploy(database());
    await deploy(database());
    const { feed } = await openFeed({ maxJobs: 1 });
    const refused = feed.watchJobs({}, NOW);
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toThrow("the filter selects more than 1 jobs: narrow it");
    const items = await feed.watchJobs({ created: { from: new Date(Date.now() + 1_000_000) } }, NOW);
    expect(await take(items, 1)).toEqual(["caught up"]);
    const growing = await feed.watchJobs({ nodeId: "x" }, NOW);
    await take(growing, 1);
    for (let count = 0; count < 11; count += 1) await deploy(database());
    await database().prisma.$transaction([
      database().prisma.$executeRaw`update job set node_id = 'x'`,
      database().prisma
        .$executeRaw`insert into job_event (job_number, type, node_id) select number, 'REORG', 'x' from job`,
    ]);
    await expect(take(growing, 99)).rejects.toThrow("the filter selects more than 10 jobs: narrow it");
  });

  test("limits its subscribers, frees a place on return, and ends all on close", async () => {
    const { feed } = await openFeed({ maxSubscribers: 2 });
    const [first, second] = [await feed.watchJobs({}, NOW), await feed.watchJobs({}, NOW)];
    await expect(feed.watchJobs({}, NOW)).rejects.toThrow(TooManySubscriptionsError);
    await take(first, 1);
    const waiting = first.next();
    await first.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const third = await feed.watchJobs({}, NOW);
    await Promise.all([take(second, 1), take(third, 1)]);
    const ends = [second.next(), third.next()];
    await feed.close();
    for (const end of ends) expect(await end).toEqual({ done: true, value: undefined });
  });
});
