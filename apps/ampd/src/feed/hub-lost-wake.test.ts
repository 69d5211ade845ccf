import { expect, onTestFinished, test } from "vitest";
import { type WatchedDatabase, watchDatabase } from "../../test/graphql/watched-database.ts";
import { ACTOR, deploy, startJob, useDatabase } from "../../test/store-fixtures.ts";
import { completeJob } from "../store/job-own.ts";
import { createLog } from "../telemetry/log.ts";
import { JobHub, type WatchOptions } from "./hub.ts";
import type { JobSnapshot } from "./job-snapshot.ts";

const VERSIONS: WatchOptions = { intervalMs: 0, keyOf: ({ job }) => String(job.version) };
const TARGETS: WatchOptions = { intervalMs: 0, keyOf: ({ job }) => String(job.targetBlock) };
/** A snapshot is read by one query each for jobs, tables and live figures. */
const QUERIES_PER_READ = 3;

const database = useDatabase("pglite");

async function startHub(pollMs: number): Promise<{ hub: JobHub; watched: WatchedDatabase }> {
  const watched = watchDatabase(database());
  const log = createLog({ level: "silent" });
  const hub = new JobHub({ database: watched, log, maxSubscribers: 100, minReadIntervalMs: 1, pollMs });
  await hub.start();
  onTestFinished(() => hub.close());
  return { hub, watched };
}

async function nextOf(iterator: AsyncIterator<JobSnapshot>): Promise<JobSnapshot> {
  const { done, value } = await iterator.next();
  if (done) throw new Error("the iteration has ended");
  return value;
}

/** Changes a job without a word to anybody. */
const changeSilently = (job: bigint, block: bigint) =>
  database().prisma.$executeRaw`update job set target_block = ${block} where number = ${job}`;

test("a change whose notification is lost is found by a slow poll, which reads all that is watched together", async () => {
  const { hub, watched } = await startHub(300);
  const jobs = [await deploy(database()), await deploy(database()), await deploy(database())];
  const feeds = await Promise.all(jobs.map(({ number }) => hub.watch(number, TARGETS)));
  await Promise.all(feeds.map(nextOf));
  for (const { number } of jobs) await changeSilently(number, 77n);
  const before = watched.reads.count;
  const values = await Promise.all(feeds.map(nextOf));
  expect(values.map(({ job }) => job.targetBlock)).toEqual([77n, 77n, 77n]);
  // A poll may have come in the middle of the changes.
  expect(watched.reads.count - before).toBeLessThanOrEqual(2 * QUERIES_PER_READ);
});

test("the poll of a hub that nobody watches reads nothing", async () => {
  const [idle, busy] = [await startHub(20), await startHub(20)];
  const { number } = await deploy(database());
  const feed = await busy.hub.watch(number, TARGETS);
  await nextOf(feed);
  for (const block of [1n, 2n, 3n]) {
    await changeSilently(number, block);
    expect((await nextOf(feed)).job.targetBlock).toBe(block);
  }
  // Both polls have the same period.
  expect(idle.watched.reads.count).toBe(0);
});

test("notifications that are malformed, doubled, or of jobs that nobody knows do no harm", async () => {
  const { hub } = await startHub(3_600_000);
  const { owner } = await startJob(database());
  const feed = await hub.watch(owner.job, VERSIONS);
  await nextOf(feed);
  const payloads = ["", "job", "job x", "job 999999999", `job ${owner.job} ${owner.job}`, "{", "tables 1 2 3", "🦉"];
  for (const payload of [...payloads, ...payloads]) {
    await database().prisma.$queryRaw`select pg_notify('amp', ${payload})::text`;
  }
  await completeJob(database(), owner, ACTOR);
  await database().prisma.$queryRaw`select pg_notify('amp', ${`job ${owner.job}`})::text`;
  const seen: JobSnapshot[] = [];
  for await (const snapshot of feed) seen.push(snapshot);
  expect(seen.map(({ job }) => job.status)).toEqual(["COMPLETED"]);
});
