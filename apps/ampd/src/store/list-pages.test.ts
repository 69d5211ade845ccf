import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { makeDeployment, publish, startJob, startWorker, takeAll, useDatabase } from "../../test/store-fixtures.ts";
import { registerDataset } from "./dataset.ts";
import { countDatasets, findDatasets, findLinkedManifests, listTablesOf, pageDatasets } from "./dataset-read.ts";
import { countOtherFiles, pageFiles } from "./file-page.ts";
import { registerProvider } from "./provider.ts";
import { countAllProviders, findProviders, pageProviders } from "./provider-page.ts";
import { holesOf } from "./table-holes.ts";
import { countWorkers, findWorkers, pageWorkers } from "./worker-page.ts";

describe.each(DIALECTS)("on %s", (dialect) => {
  const database = useDatabase(dialect);

  test("datasets are paged by namespace and then by name, from either end", async () => {
    const content = { kind: "evm-rpc", network: "anvil", start_block: 0 };
    const keys = [
      ["a", "z"],
      ["b", "a"],
      ["b", "b"],
      ["c", "a"],
    ] as const;
    for (const [namespace, name] of keys) await registerDataset(database(), { namespace, name, manifest: { content } });
    const read = async (page: Parameters<typeof pageDatasets>[1]) =>
      (await pageDatasets(database(), page)).map(({ namespace, name }) => `${namespace}/${name}`);
    expect(await read({ limit: 9 })).toEqual(["a/z", "b/a", "b/b", "c/a"]);
    expect(await read({ limit: 2, after: ["a", "z"] })).toEqual(["b/a", "b/b"]);
    expect(await read({ limit: 9, after: ["b", "0"], before: ["b", "b"] })).toEqual(["b/a"]);
    expect(await read({ limit: 2, before: ["c", "a"], fromEnd: true })).toEqual(["b/a", "b/b"]);
    expect(await countDatasets(database())).toBe(4);
    const found = await findDatasets(database(), [
      { namespace: "c", name: "a" },
      { namespace: "a", name: "a" },
      { namespace: "b", name: "b" },
    ]);
    expect(found.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(["b/b", "c/a"]);
  });

  test("providers and workers are paged by name, from either end, and found by many names at once", async () => {
    const config = { kind: "evm-rpc", network: "anvil", url: "http://a" };
    for (const name of ["b", "c", "a"]) {
      await registerProvider(database(), name, config);
      await startWorker(database(), name);
    }
    const providers = async (page: Parameters<typeof pageProviders>[1]) =>
      (await pageProviders(database(), page)).map(({ name }) => name);
    const workers = async (page: Parameters<typeof pageWorkers>[1]) =>
      (await pageWorkers(database(), page)).map(({ nodeId }) => nodeId);
    for (const read of [providers, workers]) {
      expect(await read({ limit: 2 })).toEqual(["a", "b"]);
      expect(await read({ limit: 9, after: "a" })).toEqual(["b", "c"]);
      expect(await read({ limit: 9, after: "a", before: "c" })).toEqual(["b"]);
      expect(await read({ limit: 2, fromEnd: true })).toEqual(["b", "c"]);
    }
    expect([await countAllProviders(database()), await countWorkers(database())]).toEqual([3, 3]);
    expect(await findProviders(database(), ["c", "none"])).toMatchObject([{ name: "c", config }]);
    expect(await findWorkers(database(), ["c", "none"])).toMatchObject([{ nodeId: "c", isAlive: true }]);
  });

  test("tables are read for many datasets at once, and manifests only where they are linked", async () => {
    const { job, owner } = await startJob(database());
    const tables = await takeAll(database(), owner, ["blocks"]);
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    const other = await makeDeployment(database());
    const strange = { ...other, manifestHash: "0".repeat(64) };
    expect(await listTablesOf(database(), [job, job, other])).toMatchObject([{ id: tables[0]?.id, name: job.name }]);
    const linked = await findLinkedManifests(database(), [job, other, strange]);
    expect(linked.map(({ name }) => name).toSorted()).toEqual([job.name, other.name].toSorted());
  });

  test("files are paged by block, and holes lie between the chain and the files behind it", async () => {
    const { owner } = await startJob(database());
    const tables = await takeAll(database(), owner, ["blocks"]);
    for (const start of [0, 10, 30, 50]) {
      await publish(database(), owner, { tables, span: { start, end: start + 9 } });
    }
    const [table] = await database().prisma.datasetTable.findMany();
    if (table === undefined) throw new Error("there is no table");
    const read = async (page: Omit<Parameters<typeof pageFiles>[1], "tableId">) =>
      pageFiles(database(), { ...page, tableId: table.id });
    const startsOf = (files: Awaited<ReturnType<typeof read>>) => files.map(({ startBlock }) => Number(startBlock));
    const all = await read({ canonical: undefined, limit: 9 });
    expect(startsOf(all)).toEqual([0, 10, 30, 50]);
    expect(startsOf(await read({ canonical: true, limit: 9 }))).toEqual([0, 10]);
    expect(startsOf(await read({ canonical: false, limit: 9 }))).toEqual([30, 50]);
    expect(startsOf(await read({ canonical: undefined, limit: 2, after: all[0] }))).toEqual([10, 30]);
    expect(startsOf(await read({ canonical: undefined, limit: 2, before: all[3], fromEnd: true }))).toEqual([10, 30]);
    expect(Math.abs((all[0]?.createdAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await countOtherFiles(database(), table.id)).toBe(2);
    expect(await holesOf(database(), table, 9)).toEqual([
      { start: 20n, end: 29n },
      { start: 40n, end: 49n },
    ]);
    expect(await holesOf(database(), table, 1)).toEqual([{ start: 20n, end: 29n }]);
  });
});
