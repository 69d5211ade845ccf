import { expect, test } from "vitest";
import { LEASE_MS } from "./cluster.ts";
import { isPublish, measureFailover } from "./measure-failover.ts";
import { startTestCluster } from "./start-test-cluster.ts";

/** A lease, two rounds of the reaper, and a start. */
const TAKE_OVER_MS = LEASE_MS + 2_000;
/** What a loaded machine of two slow cores may add. */
const MARGIN_MS = 3_000;

test("when a worker dies, another goes on with its job within the lease and two seconds", async () => {
  const { cluster, jobs } = await startTestCluster();
  const one = await cluster.worker("w1");
  const job = await jobs.deploy("one");
  await one.line(isPublish(job));
  const other = await cluster.worker("w2");

  const tookMs = await measureFailover(job, one, [other]);
  console.log(`failover after SIGKILL: ${Math.round(tookMs)} ms with a lease of ${LEASE_MS} ms`);
  expect(tookMs).toBeLessThan(TAKE_OVER_MS + MARGIN_MS);
  expect(await jobs.get(job)).toMatchObject({ status: "RUNNING", attempt: 2, nodeId: "w2" });
  expect(await jobs.events(job)).toEqual(["SCHEDULED", "RUNNING", "LEASE_EXPIRED", "SCHEDULED", "RUNNING"]);
});

test("a worker that is told to end hands its job over: another goes on at once, and it counts as no failure", async () => {
  const { cluster, jobs } = await startTestCluster();
  const one = await cluster.worker("w1");
  const job = await jobs.deploy("one");
  await one.line(isPublish(job));
  const other = await cluster.worker("w2");

  const claimed = other.line(({ msg }) => msg === "job claimed");
  const published = other.line(isPublish(job));
  const leaving = one.end("SIGTERM");
  const ended = await one.line(({ msg }) => msg === "attempt ended");
  // From the hand-over, as the two processes log it: before that the first one publishes what it has in hand.
  expect((await claimed).time - ended.time).toBeLessThan(2_000);
  await published;
  expect(await leaving).toEqual({ code: 0, signal: null });
  expect(await jobs.get(job)).toMatchObject({ status: "RUNNING", attempt: 2, failures: 0, nodeId: "w2" });
  expect(await jobs.events(job)).toEqual(["SCHEDULED", "RUNNING", "HANDED_OVER", "SCHEDULED", "RUNNING"]);
});
