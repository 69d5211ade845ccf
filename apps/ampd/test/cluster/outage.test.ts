import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { runAmpd } from "../system/ampd.ts";
import { waitFor } from "../system/wait-for.ts";
import { isPublish } from "./measure-failover.ts";
import { startPostgres } from "./postgres-process.ts";
import { startTestCluster } from "./start-test-cluster.ts";

/** Longer than a lease, a query's time-out and a few rounds of every poll. */
const OUTAGE_MS = 30_000;

test("a database that is gone for 30 s is told as not ready, and all go on when it is back", {
  timeout: 180_000,
}, async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.remove());
  expect(await runAmpd("migrate", "--database-url", postgres.url)).toMatchObject({ code: 0 });
  const { cluster, jobs, client, controller } = await startTestCluster(postgres.url);
  const worker = await cluster.worker("w1");
  const [running, stopped] = [await jobs.deploy("running"), await jobs.deploy("stopped")];
  await worker.line(isPublish(running));
  await client.stop(stopped);
  await jobs.until(stopped, "STOPPED", ({ status }) => status === "STOPPED");
  const before = await jobs.currentBlock(running);

  const urls = [client.url, await worker.ready];
  const readiness = () => Promise.all(urls.map(async (url) => (await fetch(`${url}/health/ready`)).status));
  const untilReady = (wanted: number) =>
    waitFor(async () => ((await readiness()).every((status) => status === wanted) ? true : undefined), {
      what: `both processes to say ${wanted}`,
    });
  await postgres.stop("immediate");
  const goneMs = performance.now();
  await untilReady(503);
  const answer = await fetch(`${client.url}/jobs`);
  expect([answer.status, await answer.json()]).toEqual([503, expect.objectContaining({ error_code: "UNAVAILABLE" })]);
  await sleep(OUTAGE_MS - (performance.now() - goneMs));
  await postgres.start();

  await untilReady(200);
  await jobs.untilBeyond(running, before);
  expect([controller.hasEnded, worker.hasEnded]).toEqual([false, false]);
  // What was acknowledged before is so, and the worker that was silent for so long cost the job no more than an attempt.
  expect(await jobs.get(stopped)).toMatchObject({ status: "STOPPED" });
  expect(await jobs.get(running)).toMatchObject({ status: "RUNNING", nodeId: "w1" });
});
