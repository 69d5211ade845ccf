import { watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { findFileFaults } from "../chaos/verify-files.ts";
import { findTableFaults } from "../chaos/verify-tables.ts";
import { waitFor } from "../system/wait-for.ts";
import type { Cluster } from "./cluster.ts";
import { isPublish } from "./measure-failover.ts";
import type { Program } from "./program.ts";
import { sql } from "./sql.ts";
import { startTestCluster, TIMEOUT_MS } from "./start-test-cluster.ts";

/**
 * Pauses a worker that has written files and not published them, and that is in no transaction. It takes some tries: a
 * publish is a matter of milliseconds.
 */
async function pauseBetweenWriteAndPublish(worker: Program, cluster: Cluster): Promise<void> {
  const isHolding = async () => {
    const [row] = await sql<{ pending: number; open: number }>(
      cluster.databaseUrl,
      `select (select count(*) from pending_file) as pending, (select count(*) from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%') as open`,
    );
    return row !== undefined && row.pending > 0 && row.open === 0;
  };
  await waitFor(
    async () => {
      await nextFile(cluster.filesRoot);
      worker.signal("SIGSTOP");
      // What it had sent by then may still arrive.
      await sleep(200);
      if (await isHolding()) return true;
      worker.signal("SIGCONT");
      return undefined;
    },
    { what: "a pause between write and publish", timeoutMs: TIMEOUT_MS },
  );
}

async function nextFile(folder: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(folder, { recursive: true }, (_, name) => {
    if (name?.endsWith(".parquet") === true && !name.includes(".tmp-")) resolve();
  });
  await promise;
  watcher.close();
}

test("a worker that sleeps beyond its lease and wakes publishes nothing: each block is there once, its files are swept", async () => {
  const { cluster, chain, client, jobs } = await startTestCluster();
  const zombie = await cluster.worker("w1");
  const first = await jobs.deploy("one");
  await zombie.line(isPublish(first));
  await pauseBetweenWriteAndPublish(zombie, cluster);
  const publishedBefore = zombie.lines.filter(isPublish(first)).length;

  expect(await client.stop(first)).toMatchObject({ changed: true });
  expect(await jobs.get(first)).toMatchObject({ status: "STOP_REQUESTED" });
  await jobs.until(first, "stopped by the reaper", ({ status }) => status === "STOPPED");
  expect(await jobs.events(first)).toEqual(["SCHEDULED", "RUNNING", "STOP_REQUESTED", "LEASE_EXPIRED", "STOPPED"]);
  const before = await jobs.currentBlock(first);

  const other = await cluster.worker("w2");
  const second = await jobs.deploy("one");
  expect(second).not.toBe(first);
  await other.line(isPublish(second));
  zombie.signal("SIGCONT");
  await zombie.line(({ msg, job }) => msg === "job is no longer this worker's" && job === String(first));
  await jobs.untilBeyond(second, before + 3);

  const head = await chain.freeze();
  await jobs.untilBeyond(second, head - 1);
  expect(zombie.lines.filter(isPublish(first))).toHaveLength(publishedBefore);
  expect(await findTableFaults(cluster.databaseUrl, cluster.filesRoot, await chain.blocks(head))).toEqual([]);
  await waitFor(
    async () => ((await findFileFaults(cluster.databaseUrl, cluster.filesRoot)).length === 0 ? true : undefined),
    { what: "the zombie's files to be swept", timeoutMs: 2 * TIMEOUT_MS },
  );
}, 240_000);

test("a worker that falls asleep in the middle of a publish holds up nobody", async () => {
  const { cluster, client, jobs } = await startTestCluster();
  const zombie = await cluster.worker("w1");
  const job = await jobs.deploy("one");
  await zombie.line(isPublish(job));
  const blocker = await holdPublish(cluster, job);
  await waitFor(
    async () => {
      const rows = await sql(cluster.databaseUrl, "select from pg_stat_activity where wait_event_type = 'Lock'");
      return rows.length > 0 ? true : undefined;
    },
    { what: "a publish that waits for the job's row" },
  );
  zombie.signal("SIGSTOP");
  await blocker.release();

  const other = await cluster.worker("w2");
  await other.line(isPublish(job));
  expect(await client.stop(job)).toMatchObject({ changed: true });
  await jobs.until(job, "stopped", ({ status }) => status === "STOPPED");
}, 120_000);

/** Lets a worker open segments and keeps it from publishing them, until it is released. */
async function holdPublish(cluster: Cluster, job: number): Promise<{ release(): Promise<void> }> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  await client.query("begin");
  await client.query("select from job where number = $1 for share", [job]);
  return {
    release: async () => {
      await client.query("commit");
      await client.end();
    },
  };
}
