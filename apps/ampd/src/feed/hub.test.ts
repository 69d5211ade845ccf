import { expect, onTestFinished, test } from "vitest";
import { type WatchedDatabase, watchDatabase } from "../../test/graphql/watched-database.ts";
import { ACTOR, deploy, liveFigures, publish, startJob, takeAll, useDatabase } from "../../test/store-fixtures.ts";
import { JobNotFoundError, TooManySubscriptionsError } from "../domain/errors.ts";
import { beginStopping, completeJob } from "../store/job-own.ts";
import { removeJob } from "../store/job-remove.ts";
import { stopJob } from "../store/job-stop.ts";
import { reportLive } from "../store/live.ts";
import { createLog } from "../telemetry/log.ts";
import { type HubSettings, JobHub, type WatchOptions } from "./hub.ts";
import type { JobSnapshot } from "./job-snapshot.ts";

const VERSIONS: WatchOptions = { intervalMs: 0, keyOf: ({ job }) => String(job.version) };
const HEADS: WatchOptions = { intervalMs: 0, keyOf: ({ live }) => String(live?.headBlock) };
/** A snapshot is read by one query each for jobs, tables and live figures. */
const QUERIES_PER_READ = 3;

const database = useDatabase("pglite");

async function startHub(settings: Partial<HubSettings> = {}): Promise<{ hub: JobHub; watched: WatchedDatabase }> {
  const watched = watchDatabase(database());
  const log = createLog({ level: "silent" });
  const hub = new JobHub({ database: watched, log, maxSubscribers: 100, minReadIntervalMs: 1, ...settings });
  await hub.start();
  onTestFinished(() => hub.close());
  return { hub, watched };
}

async function nextOf(iterator: AsyncIterator<JobSnapshot>): Promise<JobSnapshot> {
  const { done, value } = await iterator.next();
  if (done) throw new Error("the iteration has ended");
  return value;
}

/** Every value of an iteration to its end. */
async function collect(iterator: AsyncIterable<JobSnapshot>): Promise<JobSnapshot[]> {
  const values: JobSnapshot[] = [];
  for await (const value of iterator) values.push(value);
  return values;
}

/** Holds back what the next query of live figures has read, until it is let go: by then it is old. */
function holdLive(watched: WatchedDatabase) {
  const held = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  watched.hold = async ({ sql }) => {
    if (!sql.includes("join job_live")) return;
    watched.hold = () => {};
    held.resolve();
    await free.promise;
  };
  return { held: held.promise, release: free.resolve };
}

const noteHead = (owner: Parameters<typeof reportLive>[1], headBlock: bigint) =>
  reportLive(database(), owner, liveFigures({ headBlock }));

test("a watcher gets the state first, then each change, and the end with the last state", async () => {
  const { hub } = await startHub();
  const { owner } = await startJob(database());
  const feed = await hub.watch(owner.job, VERSIONS);
  expect((await nextOf(feed)).job).toMatchObject({ status: "RUNNING", version: 2 });
  await stopJob(database(), { number: owner.job, deadlineMs: 60_000 }, ACTOR);
  expect((await nextOf(feed)).job).toMatchObject({ status: "STOP_REQUESTED", version: 3 });
  await beginStopping(database(), owner, ACTOR);
  expect((await nextOf(feed)).job.status).toBe("STOPPING");
  await completeJob(database(), owner, ACTOR);
  expect((await nextOf(feed)).job.status).toBe("COMPLETED");
  expect(await feed.next()).toEqual({ done: true, value: undefined });
});

test("a snapshot holds what is published and what the worker sees of the chain", async () => {
  const { hub } = await startHub();
  const { owner } = await startJob(database());
  const feed = await hub.watch(owner.job, { intervalMs: 0, keyOf: (all) => String(all.tables[0]?.currentBlock) });
  expect(await nextOf(feed)).toMatchObject({ tables: [], live: undefined });
  await noteHead(owner, 99n);
  const tables = await takeAll(database(), owner, ["blocks"]);
  await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
  const { tables: progress, live } = await nextOf(feed);
  expect(progress).toMatchObject([
    { table: "blocks", startBlock: 0n, currentBlock: 9n, filesCount: 1n, rowCount: 10n },
  ]);
  expect(live).toMatchObject({ headBlock: 99n });
});

test("a change between the registration and the end of the first read is not lost", async () => {
  const { hub, watched } = await startHub();
  const { owner } = await startJob(database());
  const query = holdLive(watched);
  const watching = hub.watch(owner.job, HEADS);
  await query.held;
  await noteHead(owner, 7n);
  query.release();
  const feed = await watching;
  const first = await nextOf(feed);
  const last = first.live === undefined ? await nextOf(feed) : first;
  expect(last.live?.headBlock).toBe(7n);
});

test("a first read that a later one overtook does not take the feed back", async () => {
  const { hub, watched } = await startHub();
  const [job, other] = [await startJob(database()), await startJob(database())];
  const otherFeed = await hub.watch(other.owner.job, HEADS);
  await nextOf(otherFeed);
  const query = holdLive(watched);
  const watching = hub.watch(job.owner.job, HEADS);
  await query.held;
  await noteHead(job.owner, 7n);
  // Changes are read in their order: when this one has come, the one before it has.
  await noteHead(other.owner, 1n);
  await nextOf(otherFeed);
  query.release();
  const feed = await watching;
  expect((await nextOf(feed)).live?.headBlock).toBe(7n);
  await noteHead(job.owner, 8n);
  expect((await nextOf(feed)).live?.headBlock).toBe(8n);
});

test("a read that was under way when a topic ended does not take the next one of the same job back", async () => {
  const { hub, watched } = await startHub();
  const { owner } = await startJob(database());
  const first = await hub.watch(owner.job, HEADS);
  await nextOf(first);
  const query = holdLive(watched);
  await noteHead(owner, 1n);
  await query.held;
  await first.return?.();
  // Nobody watches, so nobody reads this change but the next watcher.
  await noteHead(owner, 2n);
  const second = await hub.watch(owner.job, HEADS);
  expect((await nextOf(second)).live?.headBlock).toBe(2n);
  query.release();
  await noteHead(owner, 3n);
  expect((await nextOf(second)).live?.headBlock).toBe(3n);
});

test("a change is read once, whatever the number of watchers", async () => {
  const { hub, watched } = await startHub();
  const { owner } = await startJob(database());
  const feeds = await Promise.all(Array.from({ length: 50 }, () => hub.watch(owner.job, HEADS)));
  await Promise.all(feeds.map(nextOf));
  expect(watched.reads.count).toBe(QUERIES_PER_READ);
  await noteHead(owner, 5n);
  const values = await Promise.all(feeds.map(nextOf));
  expect(values.map(({ live }) => live?.headBlock)).toEqual(values.map(() => 5n));
  expect(watched.reads.count).toBe(2 * QUERIES_PER_READ);
});

test("changes of many jobs that come while a read is under way are read together", async () => {
  const { hub, watched } = await startHub();
  const jobs = [await startJob(database()), await startJob(database()), await startJob(database())];
  const feeds = await Promise.all(jobs.map(({ owner }) => hub.watch(owner.job, HEADS)));
  await Promise.all(feeds.map(nextOf));
  const query = holdLive(watched);
  for (const { owner } of jobs.slice(0, 1)) await noteHead(owner, 1n);
  await query.held;
  const before = watched.reads.count;
  for (const { owner } of jobs) await noteHead(owner, 2n);
  query.release();
  for (const feed of feeds.slice(1)) expect((await nextOf(feed)).live?.headBlock).toBe(2n);
  expect(watched.reads.count).toBe(before + QUERIES_PER_READ);
});

test("while the database fails values wait, and come when it is back", async () => {
  const { hub, watched } = await startHub({ retryMs: 1 });
  const { owner } = await startJob(database());
  const feed = await hub.watch(owner.job, HEADS);
  await nextOf(feed);
  let failures = 0;
  watched.intercept = () => {
    failures += 1;
    if (failures > 3) watched.intercept = () => {};
    throw new Error("the database is gone");
  };
  await noteHead(owner, 8n);
  expect((await nextOf(feed)).live?.headBlock).toBe(8n);
  expect(failures).toBe(4);
});

test("a first read that fails is told to its watcher, and the next watcher is served", async () => {
  const { hub, watched } = await startHub();
  const { owner } = await startJob(database());
  watched.intercept = () => {
    watched.intercept = () => {};
    throw new Error("the database is gone");
  };
  await expect(hub.watch(owner.job, VERSIONS)).rejects.toThrow("the database is gone");
  expect((await nextOf(await hub.watch(owner.job, VERSIONS))).job.status).toBe("RUNNING");
});

test("a job that does not exist is not found, and leaves its place to others", async () => {
  const { hub } = await startHub({ maxSubscribers: 1 });
  await expect(hub.watch(999_999n, VERSIONS)).rejects.toThrow(new JobNotFoundError(999_999n));
  const { owner } = await startJob(database());
  expect((await nextOf(await hub.watch(owner.job, VERSIONS))).job.number).toBe(owner.job);
});

test("a job that has ended gives its last state and completes", async () => {
  const { hub } = await startHub();
  const { owner } = await startJob(database());
  await completeJob(database(), owner, ACTOR);
  const values = await collect(await hub.watch(owner.job, VERSIONS));
  expect(values.map(({ job }) => job.status)).toEqual(["COMPLETED"]);
});

test("a feed completes when its job is removed, whether its last state was read or not", async () => {
  const { hub } = await startHub();
  const { owner } = await startJob(database());
  const feeds = [await hub.watch(owner.job, VERSIONS), await hub.watch(owner.job, VERSIONS)];
  await Promise.all(feeds.map(nextOf));
  const reading = feeds.map(collect);
  await completeJob(database(), owner, ACTOR);
  await removeJob(database(), { number: owner.job }, ACTOR);
  for (const values of await Promise.all(reading)) {
    expect(values.every(({ job }) => job.status === "COMPLETED")).toBe(true);
  }
  await expect(hub.watch(owner.job, VERSIONS)).rejects.toThrow(JobNotFoundError);
});

test("one watcher more than allowed is refused, until one leaves", async () => {
  const { hub } = await startHub({ maxSubscribers: 2 });
  const { owner } = await startJob(database());
  const feeds = [await hub.watch(owner.job, VERSIONS), await hub.watch(owner.job, VERSIONS)];
  await expect(hub.watch(owner.job, VERSIONS)).rejects.toThrow(new TooManySubscriptionsError(2));
  await feeds[0]?.return?.();
  await feeds[0]?.return?.();
  await hub.watch(owner.job, VERSIONS);
  await expect(hub.watch(owner.job, VERSIONS)).rejects.toThrow(TooManySubscriptionsError);
});

test("a job that nobody watches any more is not read", async () => {
  const { hub, watched } = await startHub();
  const left = await startJob(database());
  const kept = await startJob(database());
  const feed = await hub.watch(left.owner.job, HEADS);
  await nextOf(feed);
  await feed.return?.();
  const other = await hub.watch(kept.owner.job, HEADS);
  await nextOf(other);
  const before = watched.reads.count;
  await noteHead(left.owner, 1n);
  await noteHead(kept.owner, 1n);
  await nextOf(other);
  expect(watched.reads.count).toBe(before + QUERIES_PER_READ);
});

test("a notification that nobody understands makes the hub look at every watched job", async () => {
  const { hub } = await startHub();
  const job = await deploy(database());
  const feed = await hub.watch(job.number, { intervalMs: 0, keyOf: ({ job: { targetBlock } }) => String(targetBlock) });
  expect((await nextOf(feed)).job.targetBlock).toBeNull();
  await database().prisma.$executeRaw`update job set target_block = 77 where number = ${job.number}`;
  await database().prisma.$queryRaw`select pg_notify('amp', 'job *')::text`;
  expect((await nextOf(feed)).job.targetBlock).toBe(77n);
});

test("closing ends every iteration, with what was not read", async () => {
  const { hub } = await startHub();
  const { owner } = await startJob(database());
  const waiting = await hub.watch(owner.job, VERSIONS);
  await nextOf(waiting);
  const end = waiting.next();
  const unread = await hub.watch(owner.job, VERSIONS);
  await hub.close();
  expect(await end).toEqual({ done: true, value: undefined });
  expect(await collect(unread)).toHaveLength(1);
});

test("closing does not wait for the next try at a database that fails", async () => {
  const { hub, watched } = await startHub({ retryMs: 3_600_000 });
  const { owner } = await startJob(database());
  const feed = await hub.watch(owner.job, HEADS);
  await nextOf(feed);
  const failed = Promise.withResolvers<void>();
  watched.intercept = () => {
    failed.resolve();
    throw new Error("the database is gone");
  };
  await noteHead(owner, 1n);
  await failed.promise;
  await hub.close();
  expect(await feed.next()).toEqual({ done: true, value: undefined });
});

test("a watcher that comes while the hub closes, or after, gets the state and the end", async () => {
  const { hub, watched } = await startHub();
  const { owner } = await startJob(database());
  const query = holdLive(watched);
  const watching = hub.watch(owner.job, VERSIONS);
  await query.held;
  await hub.close();
  query.release();
  expect((await collect(await watching)).length).toBeLessThanOrEqual(1);
  expect(await collect(await hub.watch(owner.job, VERSIONS))).toHaveLength(1);
});
