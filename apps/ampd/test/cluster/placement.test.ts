import { expect, test } from "vitest";
import { waitFor } from "../system/wait-for.ts";
import { startTestCluster, TIMEOUT_MS } from "./start-test-cluster.ts";

test("workers take no more jobs than their capacity: the next one waits until there is room", async () => {
  const { cluster, client, jobs } = await startTestCluster();
  await Promise.all([cluster.worker("w1", "--capacity", "1"), cluster.worker("w2", "--capacity", "1")]);
  const numbers = [await jobs.deploy("one"), await jobs.deploy("two"), await jobs.deploy("three")];
  const all = () => Promise.all(numbers.map((number) => jobs.get(number)));
  const running = await waitFor(
    async () => {
      const found = (await all()).filter(({ status }) => status === "RUNNING");
      return found.length === 2 ? found : undefined;
    },
    { what: "two running jobs", timeoutMs: TIMEOUT_MS },
  );
  expect(running.map(({ nodeId }) => nodeId).sort()).toEqual(["w1", "w2"]);
  // Both have published since they started, so whatever could claim the third one has had its turn.
  for (const { number } of running) await jobs.untilBeyond(number, 20);
  const waiting = (await all()).filter(({ status }) => status !== "RUNNING");
  expect(waiting).toMatchObject([{ status: "SCHEDULED", attempt: 0, nodeId: null }]);

  const [stopped] = running;
  const [third] = waiting;
  await client.stop(stopped?.number ?? 0);
  const job = await jobs.until(third?.number ?? 0, "running", ({ status }) => status === "RUNNING");
  expect(job.nodeId).toBe(stopped?.nodeId);
});

test("a job goes only to a worker that its selector names, and waits while there is none", async () => {
  const { cluster, jobs } = await startTestCluster();
  await cluster.worker("us-1");
  const bound = await jobs.deploy("bound", { nodeSelector: "eu-*" });
  const free = await jobs.deploy("free");
  await jobs.untilBeyond(free, 20);
  expect(await jobs.get(bound)).toMatchObject({ status: "SCHEDULED", attempt: 0 });

  await cluster.worker("eu-1");
  await jobs.untilBeyond(bound, 20);
  expect(await jobs.get(bound)).toMatchObject({ status: "RUNNING", attempt: 1, nodeId: "eu-1" });
  expect(await jobs.get(free)).toMatchObject({ status: "RUNNING", attempt: 1, nodeId: "us-1" });
});
