import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import {
  ACTOR,
  claim,
  deploy,
  expireLease,
  makeJobIn,
  publish,
  STORE,
  startJob,
  startWorker,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { readDiagnosisFacts } from "./diagnosis-facts.ts";
import { deployJob } from "./job-deploy.ts";
import { completeJob } from "./job-own.ts";
import { getJob } from "./job-read.ts";
import type { JobRow } from "./job-row.ts";
import { registerProvider } from "./provider.ts";
import { signOffWorker } from "./worker.ts";

describe.each(DIALECTS)("the facts of a diagnosis on %s", (dialect) => {
  const database = useDatabase(dialect);

  async function factsOf(job: JobRow, network = "anvil") {
    const [facts] = await readDiagnosisFacts(database(), [{ job, network }]);
    if (facts === undefined) throw new Error("every job has facts");
    return facts;
  }

  test("count each worker's jobs, and say which of them are alive and what store they see", async () => {
    const worker = await startWorker(database(), "busy");
    await database().prisma.worker.update({ where: { nodeId: "busy" }, data: { storeId: STORE.id } });
    for (const _ of [1, 2]) await deploy(database(), { nodeSelector: "busy" });
    const { owner } = await claim(database(), worker);
    const { job } = await claim(database(), worker);
    await completeJob(database(), owner, ACTOR);
    await expireLease(database(), await startWorker(database(), "dead"));
    await signOffWorker(database(), await startWorker(database(), "gone"));
    const { workers } = await factsOf(job);
    expect(workers).toEqual([
      {
        nodeId: "busy",
        incarnation: worker.incarnation,
        isAlive: true,
        draining: false,
        capacity: 4,
        running: 1,
        storeId: STORE.id,
      },
      expect.objectContaining({ nodeId: "dead", isAlive: false, running: 0, storeId: null }),
      expect.objectContaining({ nodeId: "gone", isAlive: false }),
    ]);
  });

  test("count the providers of the job's network", async () => {
    const job = await deploy(database());
    const provide = (name: string, network: string) =>
      registerProvider(database(), name, { kind: "evm-rpc", network, url: "http://one" });
    for (const [name, network] of [
      ["one", "anvil"],
      ["two", "anvil"],
      ["three", "mainnet"],
    ] as const) {
      await provide(name, network);
    }
    const facts = await readDiagnosisFacts(database(), [
      { job, network: "anvil" },
      { job, network: "mainnet" },
      { job, network: "base" },
    ]);
    expect(facts.map(({ providers }) => providers)).toEqual([2, 1, 0]);
  });

  test("name the lowest hole of each table, the files beyond it, and where the tables lie", async () => {
    const { owner, job } = await startJob(database());
    const tables = await takeAll(database(), owner, ["blocks", "logs"]);
    const [, logs] = tables;
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    expect(await factsOf(job)).toMatchObject({ storeIds: [STORE.id], gaps: [] });
    for (const start of [20, 30]) {
      await publish(database(), owner, { tables: tables.slice(1), span: { start, end: start + 5 } });
    }
    expect(logs?.tableName).toBe("logs");
    expect((await factsOf(job)).gaps).toEqual([{ table: "logs", missing: { start: 10n, end: 19n }, filesBeyond: 2n }]);
    await publish(database(), owner, { tables: tables.slice(1), span: { start: 10, end: 19 } });
    expect((await factsOf(job)).gaps).toEqual([{ table: "logs", missing: { start: 26n, end: 29n }, filesBeyond: 1n }]);
  });

  test("of a table without a chain, the hole begins at the first block that the dataset wants", async () => {
    const { owner, job } = await startJob(database());
    await publish(database(), owner, {
      tables: await takeAll(database(), owner, ["blocks"]),
      span: { start: 5, end: 9 },
    });
    expect((await factsOf(job)).gaps).toEqual([{ table: "blocks", missing: { start: 0n, end: 4n }, filesBeyond: 1n }]);
  });

  test("a file of another branch right behind the chain is no hole", async () => {
    const { owner, job } = await startJob(database());
    const tables = await takeAll(database(), owner, ["blocks"]);
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    await publish(database(), owner, { tables, span: { start: 10, end: 15, branch: "b" } });
    expect((await factsOf(job)).gaps).toEqual([]);
  });

  test("an orphan of a reorg is no hole", async () => {
    const { owner, job } = await startJob(database());
    const tables = await takeAll(database(), owner, ["blocks"]);
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    await publish(database(), owner, { tables, span: { start: 10, end: 12 } });
    await publish(database(), owner, { tables, span: { start: 10, end: 15, branch: "b", parent: "a" } });
    expect((await factsOf(job)).gaps).toEqual([]);
  });

  test("name no hole of tables that another job has gone on with", async () => {
    const { owner, job, worker } = await startJob(database());
    const tables = await takeAll(database(), owner, ["blocks"]);
    await publish(database(), owner, { tables, span: { start: 5, end: 9 } });
    await completeJob(database(), owner, ACTOR);
    expect((await factsOf(await getJob(database(), owner.job))).gaps).toHaveLength(1);
    await deployJob(database(), job, ACTOR);
    const later = await claim(database(), worker);
    await takeAll(database(), later.owner, ["blocks"]);
    expect((await factsOf(await getJob(database(), owner.job))).gaps).toEqual([]);
    expect((await factsOf(later.job)).gaps).toHaveLength(1);
  });

  test("are there for a job that no worker has ever had", async () => {
    const { job } = await makeJobIn(database(), "SCHEDULED");
    expect(await factsOf(job)).toMatchObject({ storeIds: [], gaps: [], providers: 0 });
  });
});
