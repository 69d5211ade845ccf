import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import {
  ACTOR,
  claim,
  deploy,
  makeDeployment,
  publish,
  STORE,
  startJob,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { StorageFailingError } from "../domain/errors.ts";
import { registerDataset } from "./dataset.ts";
import { deployJob } from "./job-deploy.ts";
import { completeJob } from "./job-own.ts";
import { getJob } from "./job-read.ts";
import { findTable, listTables, progressOf, tableLocation, takeTables } from "./table.ts";

describe.each(DIALECTS)("tables on %s", (dialect) => {
  const database = useDatabase(dialect);

  test("are made where they are missing, under the given revision, with the job as their writer", async () => {
    const { owner, job } = await startJob(database());
    const revision = randomUUID();
    const [blocks] = await takeTables(database(), owner, {
      storeId: STORE.id,
      tables: [{ name: "blocks", revision }],
    });
    expect(blocks).toMatchObject({
      namespace: job.namespace,
      name: job.name,
      manifestHash: job.manifestHash,
      tableName: "blocks",
      revision,
      active: true,
      writerJob: owner.job,
      storeId: STORE.id,
      filesCount: 0n,
      startBlock: null,
    });
  });

  test("keep their rows, revisions and sums when a later job takes them", async () => {
    const { owner, worker, job } = await startJob(database());
    const tables = await takeAll(database(), owner);
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    await completeJob(database(), owner, ACTOR);
    await deployJob(database(), job, ACTOR);
    const { owner: later } = await claim(database(), worker);
    const taken = await takeAll(database(), later);
    expect(taken.map(({ id, revision }) => ({ id, revision }))).toEqual(
      tables.map(({ id, revision }) => ({ id, revision })),
    );
    expect(taken.map(({ writerJob, currentBlock }) => [writerJob, currentBlock])).toEqual(
      Array(3).fill([later.job, 9n]),
    );
  });

  test("that have no store yet get the worker's, once; in another store they are refused", async () => {
    const { owner } = await startJob(database());
    const [logs] = await takeAll(database(), owner, ["logs"]);
    await database().prisma.datasetTable.updateMany({ data: { storeId: null } });
    expect(await takeAll(database(), owner, ["logs"])).toMatchObject([{ id: logs?.id, storeId: STORE.id }]);
    const other = randomUUID();
    await database().prisma.objectStore.create({ data: { id: other, location: "/other", markedAt: new Date() } });
    const taking = takeTables(database(), owner, { storeId: other, tables: [] });
    await expect(taking).rejects.toThrow(StorageFailingError);
    await expect(taking).rejects.toThrow(
      `the files of table logs are in store ${STORE.id}, and this worker sees ${other}`,
    );
    expect(await findTable(database(), logs?.id ?? 0n)).toMatchObject({ storeId: STORE.id });
  });

  test("are found where their store lies, and nowhere without one", async () => {
    const { owner, job } = await startJob(database());
    const tables = await takeAll(database(), owner, ["logs"]);
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    const folder = `/files/_/${job.name}/logs/${tables[0]?.revision}`;
    const located = await listTables(database(), job);
    expect(located.map(tableLocation)).toEqual([folder]);
    await database().prisma.datasetTable.updateMany({ data: { storeId: null } });
    const lost = await findTable(database(), tables[0]?.id ?? 0n);
    expect(lost === null ? undefined : tableLocation(lost)).toBeNull();
  });

  test("taken twice at once are made once", async () => {
    const { owner } = await startJob(database());
    const answers = await Promise.all([takeAll(database(), owner), takeAll(database(), owner)]);
    expect(answers[0]).toEqual(answers[1]);
    expect(await database().prisma.datasetTable.count()).toBe(3);
  });

  test("belong to one dataset: another with the same manifest has its own", async () => {
    const { owner: one, job } = await startJob(database());
    const { owner: other, job: otherJob } = await startJob(database());
    expect(otherJob.manifestHash).toBe(job.manifestHash);
    const mine = await takeAll(database(), one);
    await takeAll(database(), other);
    await publish(database(), one, { tables: mine, span: { start: 0, end: 9 } });
    expect((await listTables(database(), job)).map(({ id }) => id)).toEqual(mine.map(({ id }) => id));
    expect(await listTables(database(), otherJob)).toEqual([]);
  });

  test("have at most one active revision", async () => {
    const { owner } = await startJob(database());
    const [table] = await takeAll(database(), owner, ["logs"]);
    const second = database().prisma.$executeRaw`
      insert into dataset_table (namespace, name, manifest_hash, table_name, revision)
      select namespace, name, manifest_hash, table_name, ${randomUUID()}::uuid from dataset_table where id = ${table?.id}`;
    await expect(second).rejects.toThrow("dataset_table_one_active_revision");
  });
});

describe.each(DIALECTS)("progress on %s", (dialect) => {
  const database = useDatabase(dialect);

  test("has no tables before anything is written", async () => {
    const { owner } = await startJob(database());
    await takeAll(database(), owner);
    const job = await getJob(database(), owner.job);
    expect(await progressOf(database(), [job])).toEqual(new Map([[owner.job, []]]));
    expect(await progressOf(database(), [])).toEqual(new Map());
  });

  test("of many jobs comes in one read, each with the tables of its own dataset", async () => {
    const running = await startJob(database());
    const tables = await takeAll(database(), running.owner, ["blocks", "logs"]);
    await publish(database(), running.owner, { tables, span: { start: 0, end: 9 } });
    await publish(database(), running.owner, { tables, span: { start: 10, end: 19 } });
    const ended = await startJob(database());
    await publish(database(), ended.owner, {
      tables: await takeAll(database(), ended.owner, ["blocks"]),
      span: { start: 0, end: 4 },
    });
    const endedJob = await completeJob(database(), ended.owner, ACTOR);
    const fresh = await deploy(database());
    const bounds = { startBlock: 0n, currentBlock: 19n, currentTimestamp: 1_700_000_019n };
    const figures = { ...bounds, filesCount: 2n, totalSizeBytes: 2_028n, rowCount: 20n };
    const progress = await progressOf(database(), [running.job, endedJob, fresh]);
    expect([...progress.keys()]).toEqual([running.job.number, endedJob.number, fresh.number]);
    expect(progress.get(running.job.number)).toMatchObject([
      { table: "blocks", ...figures },
      { table: "logs", ...figures },
    ]);
    expect(progress.get(endedJob.number)).toEqual([
      {
        table: "blocks",
        startBlock: 0n,
        currentBlock: 4n,
        currentTimestamp: 1_700_000_004n,
        filesCount: 1n,
        totalSizeBytes: 1_004n,
        rowCount: 5n,
      },
    ]);
    expect(progress.get(fresh.number)).toEqual([]);
  });

  test("of a new job begins where an earlier one of the same tables ended", async () => {
    const { owner, job } = await startJob(database());
    await publish(database(), owner, {
      tables: await takeAll(database(), owner, ["logs"]),
      span: { start: 0, end: 9 },
    });
    await completeJob(database(), owner, ACTOR);
    const { job: later } = await deployJob(database(), { ...job, nodeSelector: null }, ACTOR);
    expect((await progressOf(database(), [later])).get(later.number)).toMatchObject([{ currentBlock: 9n }]);
  });

  test("of another manifest of the same dataset is its own", async () => {
    const { owner, job } = await startJob(database());
    await publish(database(), owner, {
      tables: await takeAll(database(), owner, ["logs"]),
      span: { start: 0, end: 9 },
    });
    const content = { kind: "evm-rpc", network: "anvil", start_block: 1 };
    const { hash } = await registerDataset(database(), { namespace: "_", name: job.name, manifest: { content } });
    const other = { ...(await makeDeployment(database())), name: job.name, manifestHash: hash };
    const { job: otherJob } = await deployJob(database(), other, ACTOR);
    expect((await progressOf(database(), [otherJob])).get(otherJob.number)).toEqual([]);
  });
});
