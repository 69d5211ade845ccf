import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import {
  open,
  publish,
  readEverything,
  type Span,
  STORE,
  startJob,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { OwnershipLostError } from "../domain/errors.ts";
import { missingRanges } from "../domain/missing-ranges.ts";
import { retireFiles, stampRetiring } from "./file-retirement.ts";
import { findStray, stampStray } from "./pending-file.ts";
import { publishSegment } from "./segment.ts";
import { listFiles } from "./table-file.ts";

const HOUR_MS = 3_600_000;
const LINE = [
  { start: 0, end: 9 },
  { start: 10, end: 19 },
  { start: 20, end: 29 },
];
/** Takes the place of 10–19 and 20–29. */
const REORG = { start: 10, end: 34, branch: "b", parent: "a" };

describe.each(DIALECTS)("the retirement of files on %s", (dialect) => {
  const database = useDatabase(dialect);

  async function startTable(...spans: Span[]) {
    const { owner } = await startJob(database());
    const [table] = await takeAll(database(), owner, ["blocks"]);
    if (table === undefined) throw new Error("the table is made");
    for (const span of spans) await publish(database(), owner, { tables: [table], span });
    return { owner, table };
  }

  const ranges = async (where: object) => {
    const files = await database().prisma.tableFile.findMany({ where, orderBy: { startBlock: "asc" } });
    return files.map(({ startBlock, endBlock }) => `${startBlock}–${endBlock}`);
  };
  const retiring = () => ranges({ retireAt: { not: null } });
  const pass = (ms: number) =>
    database().prisma.$executeRaw`update table_file set retire_at = retire_at - ${ms} * interval '1 millisecond'`;
  const names = async (where: object) =>
    (await database().prisma.tableFile.findMany({ where })).map(({ name }) => name).toSorted();

  test("begins when the chain has passed them by, and comes after the retention", async () => {
    const { owner, table } = await startTable(...LINE);
    await stampRetiring(database(), HOUR_MS);
    expect(await retiring()).toEqual([]);
    await publish(database(), owner, { tables: [table], span: REORG });
    const orphans = await names({ canonical: false });
    await stampRetiring(database(), HOUR_MS);
    expect(await retiring()).toEqual(["10–19", "20–29"]);
    await pass(HOUR_MS - 60_000);
    await stampRetiring(database(), HOUR_MS);
    expect(await retireFiles(database())).toBe(0);
    await pass(60_000);
    expect(await retireFiles(database())).toBe(2);
    expect(await retireFiles(database())).toBe(0);
    expect(await ranges({})).toEqual(["0–9", "10–34"]);
    const strays = await findStray(database(), { graceMs: 0, storeId: STORE.id });
    expect(strays.map(({ name }) => name).toSorted()).toEqual(orphans);
    expect(await findStray(database(), { graceMs: 60_000, storeId: STORE.id })).toEqual([]);
  });

  test("leaves the chain and its figures alone, but for the version that writers compute from", async () => {
    const { owner, table } = await startTable(...LINE, REORG);
    const before = await database().prisma.datasetTable.findUniqueOrThrow({ where: { id: table.id } });
    const files = await listFiles(database(), table.id);
    const wanted = { start: 0n, end: 40n };
    await stampRetiring(database(), 0);
    expect(await retireFiles(database())).toBe(2);
    expect(await database().prisma.datasetTable.findUniqueOrThrow({ where: { id: table.id } })).toEqual({
      ...before,
      chainVersion: before.chainVersion + 1,
    });
    const left = await listFiles(database(), table.id);
    expect(left).toEqual(files.filter(({ canonical }) => canonical));
    expect(missingRanges(wanted, left, 0n)).toEqual(missingRanges(wanted, files, 0n));
    await publish(database(), owner, { tables: [table], span: { start: 35, end: 40, branch: "b" } });
    expect(await ranges({ canonical: true })).toEqual(["0–9", "10–34", "35–40"]);
  });

  test("is not for a file beyond the chain, which may join it", async () => {
    const { owner, table } = await startTable({ start: 0, end: 9 }, { start: 20, end: 29 });
    await stampRetiring(database(), 0);
    expect(await retiring()).toEqual([]);
    expect(await retireFiles(database())).toBe(0);
    await publish(database(), owner, { tables: [table], span: { start: 10, end: 19 } });
    expect(await ranges({ canonical: true })).toEqual(["0–9", "10–19", "20–29"]);
  });

  test("of orphans waits while another file reaches beyond the chain: it could lose what its repair rests on", async () => {
    const fork = { start: 6, end: 12, branch: "b" };
    await startTable({ start: 0, end: 9 }, fork, { start: 6, end: 7, branch: "c" });
    await stampRetiring(database(), 0);
    expect(await retiring()).toEqual(["6–7"]);
    expect(await retireFiles(database())).toBe(0);
    expect(await ranges({ canonical: false })).toHaveLength(2);
    await database().prisma.tableFile.deleteMany({ where: { endBlock: 12 } });
    expect(await retireFiles(database())).toBe(1);
  });

  test("is off for a file that joins the chain again, and for one that the chain has fallen back behind", async () => {
    const { owner, table } = await startTable(...LINE, { start: 10, end: 30, branch: "b", parent: "a" });
    await stampRetiring(database(), HOUR_MS);
    expect(await retiring()).toEqual(["10–19", "20–29"]);
    // The old branch is back: 20–29 follows again, and 10–19 is written anew.
    await publish(database(), owner, { tables: [table], span: { start: 10, end: 19 } });
    expect(await ranges({ canonical: true })).toEqual(["0–9", "10–19", "20–29"]);
    expect(await ranges({ retireAt: { not: null }, canonical: true })).toEqual([]);
    await stampRetiring(database(), HOUR_MS);
    expect(await retiring()).toEqual(["10–19"]);
    await publish(database(), owner, { tables: [table], span: { start: 10, end: 12, branch: "c", parent: "a" } });
    await stampRetiring(database(), HOUR_MS);
    expect(await retiring()).toEqual([]);
  });

  test("refuses a writer who computed from the files as they were", async () => {
    const { owner, table } = await startTable(...LINE, REORG);
    const files = await open(database(), owner, { tables: [table], span: { start: 35, end: 40, branch: "b" } });
    await stampRetiring(database(), 0);
    const { prisma } = database();
    const slow = new Proxy(prisma, {
      get: (target, name) => {
        if (name !== "$transaction") return Reflect.get(target, name, target);
        return async (batch: never[]) => {
          // A publish is the longest batch: between what it read and what it writes, the orphans retire.
          if (batch.length > 3) await retireFiles(database());
          return prisma.$transaction(batch);
        };
      },
    });
    await expect(publishSegment({ ...database(), prisma: slow }, owner, files)).rejects.toThrow(OwnershipLostError);
    expect(await ranges({})).toEqual(["0–9", "10–34"]);
    await publishSegment(database(), owner, files);
    expect(await ranges({ canonical: true })).toEqual(["0–9", "10–34", "35–40"]);
  });

  test("by many sweeps at once beside a publish takes each file once", async () => {
    const { owner, table } = await startTable(...LINE, REORG);
    await stampRetiring(database(), 0);
    const retired = await Promise.all([
      ...Array.from({ length: 4 }, () => retireFiles(database())),
      stampRetiring(database(), 0),
      stampStray(database()),
    ]);
    expect(retired.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(2);
    await publish(database(), owner, { tables: [table], span: { start: 35, end: 40, branch: "b" } });
    const before = await readEverything(database());
    expect(await retireFiles(database())).toBe(0);
    expect(await readEverything(database())).toEqual(before);
  });
});
