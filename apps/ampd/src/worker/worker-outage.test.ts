import { describe, expect, onTestFinished, test } from "vitest";
import { ACTOR, useDatabase } from "../../test/store-fixtures.ts";
import { startTcpProxy, type TcpProxy } from "../../test/tcp-proxy.ts";
import { startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, waitUntil } from "../../test/worker/worker-lab.ts";
import { type DatabaseSettings, openDatabase, openLeaseDatabase } from "../store/database.ts";
import { reapJobs } from "../store/reaper.ts";
import { findWorker } from "../store/worker.ts";
import { createLog } from "../telemetry/log.ts";

const LEASE_MS = 3_000;

const database = useDatabase("postgres");

/** A worker that reaches the database through a proxy; the test, and a reaper, reach it directly. */
async function startBehindProxy() {
  const chain = await startScriptedChain(20);
  const lab = await openLab(database());
  await lab.provide(chain.url);
  const [row] = await database().prisma.$queryRaw<{ name: string; port: string }[]>`
    select current_database() as name, current_setting('port') as port`;
  const proxy = await startTcpProxy(`postgresql://postgres:postgres@127.0.0.1:${row?.port}/${row?.name}`);
  const settings: DatabaseSettings = { kind: "postgres", url: proxy.url, queryTimeoutMs: 2_000, listenPingMs: 500 };
  const behind = await openDatabase(settings);
  onTestFinished(() => behind.close());
  const leases = await openLeaseDatabase(behind, settings, LEASE_MS);
  onTestFinished(() => leases.close());
  const lines: string[] = [];
  const log = createLog({ level: "info", destination: { write: (line) => void lines.push(line) } });
  const worker = await lab.start({ database: behind, leases, leaseMs: LEASE_MS, log });
  return { chain, lab, proxy, worker, lines };
}

const isAlive = async () => (await findWorker(database(), "worker-1"))?.isAlive;

describe.each([
  ["swallows everything without a word", (proxy: TcpProxy) => proxy.blackhole()],
  ["is cut off and refuses connections", (proxy: TcpProxy) => proxy.refuse()],
])("a worker whose way to the database %s for longer than its lease", (_, fail) => {
  test("drops its jobs at the end of the lease, comes back by itself, and loses and doubles nothing", async () => {
    const { chain, lab, proxy, worker, lines } = await startBehindProxy();
    const job = await lab.deploy();
    await lab.untilBlock(job, 19);
    const published = await lab.registered();
    fail(proxy);
    const failedAtMs = performance.now();
    chain.grow(10);
    await waitUntil("the jobs to be dropped", () => lines.find((line) => line.includes("its lease ran out")));
    expect(performance.now() - failedAtMs).toBeLessThan(LEASE_MS + 1_500);
    // The database's own clock ends the lease no earlier than the worker's.
    await waitUntil("the lease to end", async () => (await isAlive()) === false || undefined);
    await waitUntil("a reaper", async () => {
      return (await reapJobs(database(), { maxAttempts: 10 }, ACTOR)).length > 0 || undefined;
    });
    expect((await lab.job(job)).status).toBe("SCHEDULED");

    proxy.restore();
    chain.grow(10);
    await lab.untilBlock(job, 39);
    expect(await lab.job(job)).toMatchObject({ status: "RUNNING", attempt: 2, nodeId: "worker-1" });
    expect(worker.running).toBe(1);
    expect(await lab.registered()).toEqual(expect.arrayContaining(published));
    expect(await lab.blocks(job)).toEqual(chain.refs());
    expect(lines.filter((line) => line.includes('"stack"'))).toEqual([]);
  });
});

test("a worker whose way to the database is cut again and again, in the middle of anything, goes on", async () => {
  const { chain, lab, proxy } = await startBehindProxy();
  const job = await lab.deploy();
  for (let round = 0; round < 8; round += 1) {
    chain.grow(2);
    await proxy.nextClient();
    proxy.cut();
  }
  await lab.untilBlock(job, chain.head);
  expect((await lab.job(job)).status).toBe("RUNNING");
  expect(await lab.blocks(job)).toEqual(chain.refs());
});

test("an end that could not be recorded during an outage is recorded when it is over", async () => {
  const { chain, lab, proxy } = await startBehindProxy();
  const job = await lab.deploy();
  await lab.untilBlock(job, 19);
  await lab.stop(job);
  proxy.refuse();
  await waitUntil("the lease to end", async () => (await isAlive()) === false || undefined);
  expect(["STOP_REQUESTED", "STOPPING", "STOPPED"]).toContain((await lab.job(job)).status);
  proxy.restore();
  await lab.until(job, "STOPPED");
  expect(await lab.blocks(job)).toEqual(chain.refs());
});
