import { expect, onTestFinished, test } from "vitest";
import { createMigratedDatabase, createPostgresDatabase } from "../databases.ts";
import { Cluster, LEASE_MS, type Role } from "./cluster.ts";
import { isPublish } from "./measure-failover.ts";
import type { Program } from "./program.ts";
import { sql } from "./sql.ts";
import { startTestCluster } from "./start-test-cluster.ts";

async function createCluster(databaseUrl: string): Promise<Cluster> {
  const cluster = await Cluster.create(databaseUrl);
  onTestFinished(() => cluster.remove());
  return cluster;
}

test("when a controller dies while a client stops a job, the other one serves", async () => {
  const { cluster, client, controller, jobs } = await startTestCluster();
  const worker = await cluster.worker("w1");
  const { client: other } = await cluster.controller("c2");
  const job = await jobs.deploy("one");
  await worker.line(isPublish(job));

  const asked = client.stop(job).catch(() => undefined);
  await controller.end("SIGKILL");
  await asked;
  // Whether the first controller still wrote the request is open: asking again is safe either way.
  expect(await other.stop(job)).toMatchObject({ kind: "done", job });
  await expect.poll(() => other.job(job), { timeout: 30_000 }).toMatchObject({ status: "STOPPED" });
  expect((await other.follow(job)).events).toEqual(["SCHEDULED", "RUNNING", "STOP_REQUESTED", "STOPPING", "STOPPED"]);
});

test("a second process of one node id waits and says so, and gets in when the first one's lease is over", async () => {
  const cluster = await createCluster(await createMigratedDatabase());
  const first = await cluster.worker("w1");
  const second = cluster.start("worker", "w1");
  await second.line(({ msg }) => msg.includes("another process has this node id"));
  const isSecondReady = () => second.lines.some(({ msg }) => msg === "ampd answers");
  expect(isSecondReady()).toBe(false);
  const killedAtMs = performance.now();
  await first.end("SIGKILL");
  expect(isSecondReady()).toBe(false);
  await second.ready;
  // Its last heartbeat was at most a second before the kill.
  expect(performance.now() - killedAtMs).toBeGreaterThan(LEASE_MS - 1_500);
});

const ROLES: readonly Role[] = ["controller", "worker"];

test.each(ROLES)("a %s that drains says when it begins, and when it is done", async (role) => {
  const cluster = await createCluster(await createMigratedDatabase());
  const program = cluster.start(role, "n1");
  await program.ready;
  expect(await program.end("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(program.lines.map(({ msg }) => msg).slice(-2)).toEqual(["draining", "drained: ampd ends"]);
});

test.each(ROLES)("a %s refuses a database that was not migrated, and says what to do", async (role) => {
  const cluster = await createCluster(await createPostgresDatabase());
  expect(await refusalOf(cluster.start(role, "n1"))).toContain("ampd migrate");
});

test.each(ROLES)("a %s refuses a database that a newer program has migrated, and says which one", async (role) => {
  const cluster = await createCluster(await createMigratedDatabase());
  await sql(
    cluster.databaseUrl,
    `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     values ('later', 'none', '99991231000000_later', now(), now(), 1)`,
  );
  // To migrate would not help here: it is the program that is too old.
  const refusal = await refusalOf(cluster.start(role, "n1"));
  expect(refusal).toContain("99991231000000_later");
  expect(refusal).toContain("newer ampd");
});

/** The one sentence of a process that does not start. */
async function refusalOf(program: Program): Promise<string> {
  const { code } = await program.ended;
  expect(code).toBeGreaterThan(0);
  expect(program.lines.map(({ msg }) => msg)).not.toContain("ampd answers");
  const sentences = program.errors.trim().split("\n");
  expect(sentences).toHaveLength(1);
  return sentences.join();
}
