import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { useDatabase } from "../../test/store-fixtures.ts";
import { holdPuts } from "../../test/worker/holding-store.ts";
import { startScriptedChain } from "../../test/worker/scripted-chain.ts";
import { openLab, waitUntil } from "../../test/worker/worker-lab.ts";
import { findWorker } from "../store/worker.ts";

describe.each(DIALECTS)("on %s", (dialect) => {
  const database = useDatabase(dialect);

  async function startLab(blocks: number) {
    const chain = await startScriptedChain(blocks);
    const lab = await openLab(database());
    await lab.provide(chain.url);
    return { chain, lab };
  }

  test("no more jobs run at once than the capacity, and a freed slot takes the next", async () => {
    const { lab } = await startLab(5);
    const jobs: bigint[] = [];
    for (let at = 0; at < 6; at += 1) jobs.push(await lab.deploy({ name: `eth_${at}`, endBlock: "4" }));
    const { store, held, release } = holdPuts(lab.store);
    const worker = await lab.start({ capacity: 2, store });
    await held;
    await waitUntil("both slots", () => worker.running === 2 || undefined);
    const statuses = async () => (await Promise.all(jobs.map((job) => lab.job(job)))).map(({ status }) => status);
    expect((await statuses()).filter((status) => status === "RUNNING")).toHaveLength(2);
    release();
    let most = 0;
    await waitUntil("all jobs to complete", async () => {
      const now = await statuses();
      most = Math.max(most, now.filter((status) => status === "RUNNING").length);
      return now.every((status) => status === "COMPLETED") || undefined;
    });
    expect(most).toBeLessThanOrEqual(2);
  });

  test("a job whose endpoint is silent does not disturb another one of the same worker", async () => {
    const { chain, lab } = await startLab(20);
    const silent = await startScriptedChain(20);
    silent.isSilent = () => true;
    await lab.provide(silent.url, { network: "silent" }, "silent");
    await lab.start({ capacity: 2 });
    const hung = await lab.deploy({ name: "hung", manifest: { network: "silent" } });
    await waitUntil("the silent endpoint to be asked", () => silent.server.calls.at(0));
    const job = await lab.deploy({ endBlock: "19" });
    await lab.until(job, "COMPLETED");
    expect(await lab.blocks(job)).toEqual(chain.refs());
    expect(await lab.job(hung)).toMatchObject({ status: "RUNNING", attempt: 1 });
    await lab.stop(hung);
    await lab.until(hung, "STOPPED");
  });

  test("a job for another node is left alone", async () => {
    const { lab } = await startLab(5);
    await lab.start({ nodeId: "us-1" });
    const elsewhere = await lab.deploy({ name: "elsewhere", nodeSelector: "eu-*" });
    const job = await lab.deploy({ endBlock: "4", nodeSelector: "us-*" });
    await lab.until(job, "COMPLETED");
    expect((await lab.job(elsewhere)).status).toBe("SCHEDULED");
    await lab.start({ nodeId: "eu-7" });
    expect(await lab.until(elsewhere, "RUNNING")).toMatchObject({ nodeId: "eu-7" });
  });
});

describe("a worker", () => {
  const database = useDatabase("pglite");

  test("whose row is gone takes its node id again, and goes on with its jobs", async () => {
    const chain = await startScriptedChain(5);
    const lab = await openLab(database());
    await lab.provide(chain.url);
    await lab.start();
    const job = await lab.deploy();
    await lab.untilBlock(job, 4);
    await database().prisma.worker.deleteMany();
    await waitUntil("the worker's row", async () => (await findWorker(database(), "worker-1")) ?? undefined);
    chain.grow(3);
    await lab.untilBlock(job, 7);
    expect(await lab.job(job)).toMatchObject({ status: "RUNNING", attempt: 1 });
  });

  test("that starts under a node id in use waits until the other one leaves", async () => {
    const lab = await openLab(database());
    const first = await lab.start();
    const second = lab.start();
    await first.drain(new AbortController().signal);
    await second;
    expect(await findWorker(database(), "worker-1")).toMatchObject({ isAlive: true, signedOffAt: null });
  });
});

describe("on a PostgreSQL server", () => {
  const database = useDatabase("postgres");

  test("a worker whose connections are cut goes on with its job, and every block is there once", async () => {
    const chain = await startScriptedChain(20);
    const lab = await openLab(database());
    await lab.provide(chain.url);
    await lab.start();
    const job = await lab.deploy();
    await lab.untilBlock(job, 19);
    for (let round = 0; round < 3; round += 1) {
      await database().prisma.$queryRaw`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`;
      chain.grow(5);
      await lab.untilBlock(job, chain.head);
    }
    expect(await lab.blocks(job)).toEqual(chain.refs());
  });
});
