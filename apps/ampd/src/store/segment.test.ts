import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { hashOf } from "../../test/recorded-chain.ts";
import {
  ACTOR,
  claim,
  databaseNow,
  expireLease,
  FAILURE,
  fileOf,
  open,
  publish,
  readEverything,
  type Span,
  startJob,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { OwnershipLostError } from "../domain/errors.ts";
import type { Ownership } from "./job-own.ts";
import { completeJob, handOver } from "./job-own.ts";
import { getJob } from "./job-read.ts";
import { reapJobs } from "./reaper.ts";
import { openSegment, type PublishedFile, publishSegment } from "./segment.ts";
import type { TableRow } from "./table.ts";
import { filesFrom, lastCanonicalFile, listFiles } from "./table-file.ts";

describe.each(DIALECTS)("a segment on %s", (dialect) => {
  const database = useDatabase(dialect);

  const newFile = (table: TableRow) => ({ tableId: table.id, name: `${randomUUID()}.parquet` });
  const tableOf = (id: bigint) => database().prisma.datasetTable.findUniqueOrThrow({ where: { id } });
  const canonical = async (table: TableRow) =>
    (await listFiles(database(), table.id)).filter((file) => file.canonical).map(({ start, end }) => `${start}–${end}`);

  /** A running job with one table in which segments are published one after another. */
  async function startTable(...spans: Span[]): Promise<{ owner: Ownership; table: TableRow }> {
    const { owner } = await startJob(database());
    const [table] = await takeAll(database(), owner, ["blocks"]);
    if (table === undefined) throw new Error("the table is made");
    for (const span of spans) await publish(database(), owner, { tables: [table], span });
    return { owner, table };
  }

  async function expectRefused(publishing: Promise<unknown>, before: unknown): Promise<void> {
    await expect(publishing).rejects.toThrow(OwnershipLostError);
    expect(await readEverything(database())).toEqual(before);
  }

  describe("that opens", () => {
    test("records its files before they are written", async () => {
      const { owner } = await startJob(database());
      const files = (await takeAll(database(), owner)).map(newFile);
      const times = await openSegment(database(), owner, files);
      expect(new Set(times.keys())).toEqual(new Set(files.map(({ tableId }) => tableId)));
      const pending = await database().prisma.pendingFile.findMany({ orderBy: { tableId: "asc" } });
      expect(pending).toMatchObject(files.map((file) => ({ ...file, jobNumber: owner.job, attempt: 1 })));
    });

    test("gets the database's time in nanoseconds", async () => {
      const { owner, table } = await startTable();
      const before = BigInt(await databaseNow(database()));
      const time = (await openSegment(database(), owner, [newFile(table)])).get(table.id) ?? 0n;
      expect(time / 1_000_000n).toBeGreaterThanOrEqual(before);
      expect(time / 1_000_000n).toBeLessThanOrEqual(BigInt(await databaseNow(database())));
    });

    test("is later than the table's last file, even when the clock stands or goes back", async () => {
      const { owner, table } = await startTable();
      const future = BigInt(await databaseNow(database())) * 1_000_000n + 3_600_000_000_000n;
      await database().prisma.$executeRaw`update dataset_table set last_file_ns = ${future}`;
      const [first] = await publish(database(), owner, { tables: [table], span: { start: 0, end: 9 } });
      expect(first?.file.createdAtNs).toBe(future + 1n);
      const [second] = await publish(database(), owner, { tables: [table], span: { start: 10, end: 19 } });
      expect(second?.file.createdAtNs).toBe(future + 2n);
      expect((await tableOf(table.id)).lastFileNs).toBe(future + 2n);
    });
  });

  describe("that is published", () => {
    test("turns its pending rows into files of every table, and adds to their sums", async () => {
      const { owner } = await startJob(database());
      const tables = await takeAll(database(), owner);
      const files = await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
      expect(await database().prisma.pendingFile.count()).toBe(0);
      for (const { table, file } of files) {
        const { table: _, ...chainFile } = file;
        expect(await listFiles(database(), table.id)).toEqual([
          { ...chainFile, id: expect.anything(), canonical: true },
        ]);
        expect(await tableOf(table.id)).toMatchObject({
          startBlock: 0n,
          currentBlock: 9n,
          currentTimestamp: file.timestamp,
          filesCount: 1n,
          totalSizeBytes: 1_009n,
          rowCount: 10n,
          lastFileNs: file.createdAtNs,
          chainVersion: 1,
        });
      }
    });

    test("appends to the chain", async () => {
      const { table } = await startTable({ start: 0, end: 9 }, { start: 10, end: 19 }, { start: 20, end: 20 });
      expect(await canonical(table)).toEqual(["0–9", "10–19", "20–20"]);
      expect(await tableOf(table.id)).toMatchObject({
        currentBlock: 20n,
        filesCount: 3n,
        rowCount: 21n,
        chainVersion: 3,
      });
    });

    test("as a fork orphans what stood there, and the chain may end lower", async () => {
      const fork = { start: 10, end: 12, branch: "b", parent: "a" };
      const { table } = await startTable({ start: 0, end: 9 }, { start: 10, end: 19 }, { start: 20, end: 29 }, fork);
      expect(await canonical(table)).toEqual(["0–9", "10–12"]);
      expect(await tableOf(table.id)).toMatchObject({
        startBlock: 0n,
        currentBlock: 12n,
        filesCount: 2n,
        totalSizeBytes: 1_009n + 1_012n,
        rowCount: 13n,
      });
      expect(await listFiles(database(), table.id)).toHaveLength(4);
    });

    test("beyond a hole is an island that counts nowhere, until the hole is filled", async () => {
      const { owner, table } = await startTable({ start: 0, end: 9 }, { start: 15, end: 19 });
      expect(await canonical(table)).toEqual(["0–9"]);
      expect(await tableOf(table.id)).toMatchObject({ currentBlock: 9n, filesCount: 1n, rowCount: 10n });
      await publish(database(), owner, { tables: [table], span: { start: 10, end: 14 } });
      expect(await canonical(table)).toEqual(["0–9", "10–14", "15–19"]);
      expect(await tableOf(table.id)).toMatchObject({ currentBlock: 19n, filesCount: 3n, rowCount: 20n });
    });

    test("while the first range is missing leaves the chain empty", async () => {
      const { table } = await startTable({ start: 5, end: 9 });
      expect(await tableOf(table.id)).toMatchObject({
        startBlock: null,
        currentBlock: null,
        filesCount: 0n,
        rowCount: 0n,
      });
      expect((await tableOf(table.id)).lastFileNs).not.toBeNull();
    });

    test("after one that opened later, at the same block, leaves the newer one in the chain", async () => {
      const { owner, table } = await startTable({ start: 0, end: 9 });
      const older = await open(database(), owner, { tables: [table], span: { start: 10, end: 19 } });
      await publish(database(), owner, { tables: [table], span: { start: 10, end: 14 } });
      await publishSegment(database(), owner, older);
      expect(await canonical(table)).toEqual(["0–9", "10–14"]);
      expect(await tableOf(table.id)).toMatchObject({ currentBlock: 14n, filesCount: 2n, rowCount: 15n });
    });

    test("sets the failures of its job back to 0, and neither version nor updated_at", async () => {
      const { owner, table } = await startTable();
      await database().prisma.$executeRaw`update job set failures = 7`;
      const before = await getJob(database(), owner.job);
      await publish(database(), owner, { tables: [table], span: { start: 0, end: 9 } });
      expect(await getJob(database(), owner.job)).toEqual({ ...before, failures: 0 });
    });

    test("is known by its hashes: the last canonical file at or below a block", async () => {
      const { table } = await startTable({ start: 0, end: 9 }, { start: 10, end: 19 }, { start: 30, end: 39 });
      expect(await lastCanonicalFile(database(), table.id)).toMatchObject({ end: 19n, hash: hashOf("a", 19) });
      expect(await lastCanonicalFile(database(), table.id, 18n)).toMatchObject({ end: 9n });
      expect(await lastCanonicalFile(database(), table.id, 19n)).toMatchObject({ end: 19n });
      expect(await lastCanonicalFile(database(), table.id, 8n)).toBeUndefined();
    });

    test("at the tail reads the tail alone, however many files the table has", async () => {
      const spans = Array.from({ length: 12 }, (_, index) => ({ start: index * 10, end: index * 10 + 9 }));
      const { table } = await startTable(...spans);
      const { file } = fileOf(table, { start: 120, end: 129 }, 1n);
      const { before, following } = await filesFrom(database(), table.id, file);
      expect(before).toMatchObject({ start: 110n, end: 119n });
      expect(following).toEqual([]);
    });
  });

  describe("is refused, and nothing of it stays, when", () => {
    async function openBoth(owner: Ownership, tables: readonly TableRow[]): Promise<PublishedFile[]> {
      return open(database(), owner, { tables, span: { start: 0, end: 9 } });
    }

    test("one of its pending rows was swept", async () => {
      const { owner } = await startJob(database());
      const files = await openBoth(owner, await takeAll(database(), owner));
      await database().prisma.pendingFile.deleteMany({ where: { tableId: files[2]?.table.id ?? 0n } });
      const before = await readEverything(database());
      await expectRefused(publishSegment(database(), owner, files), before);
    });

    test("it is published twice", async () => {
      const { owner } = await startJob(database());
      const files = await publish(database(), owner, {
        tables: await takeAll(database(), owner),
        span: { start: 0, end: 9 },
      });
      await expectRefused(publishSegment(database(), owner, files), await readEverything(database()));
    });

    test("another job took one of the tables", async () => {
      const { owner } = await startJob(database());
      const files = await openBoth(owner, await takeAll(database(), owner));
      await database().prisma.datasetTable.update({
        where: { id: files[2]?.table.id ?? 0n },
        data: { writerJob: owner.job + 1n },
      });
      await expectRefused(publishSegment(database(), owner, files), await readEverything(database()));
    });

    test("the job has gone on in another attempt", async () => {
      const { owner, worker } = await startJob(database());
      const files = await openBoth(owner, await takeAll(database(), owner));
      await handOver(database(), owner, ACTOR);
      const { owner: next } = await claim(database(), worker);
      await takeAll(database(), next);
      const before = await readEverything(database());
      await expectRefused(publishSegment(database(), owner, files), before);
      // Nor may the new attempt publish the files of the old one.
      await expectRefused(publishSegment(database(), next, files), before);
    });

    test("the reaper has taken the job from a worker that sleeps", async () => {
      const { owner, worker } = await startJob(database());
      const files = await openBoth(owner, await takeAll(database(), owner));
      await expireLease(database(), worker);
      await reapJobs(database(), { maxAttempts: 10 }, ACTOR);
      await expectRefused(publishSegment(database(), owner, files), await readEverything(database()));
    });

    test("the job has ended", async () => {
      const { owner } = await startJob(database());
      const files = await openBoth(owner, await takeAll(database(), owner));
      await completeJob(database(), owner, ACTOR);
      await expectRefused(publishSegment(database(), owner, files), await readEverything(database()));
    });

    test("another process forges the owner", async () => {
      const { owner } = await startJob(database());
      const files = await openBoth(owner, await takeAll(database(), owner));
      const forged = { ...owner, incarnation: randomUUID() };
      await expectRefused(publishSegment(database(), forged, files), await readEverything(database()));
    });
  });

  test("published beside another, each for all tables, is whole or not there, and the sums agree", async () => {
    const { owner } = await startJob(database());
    const tables = await takeAll(database(), owner);
    await publish(database(), owner, { tables, span: { start: 0, end: 9 } });
    const segments = await Promise.all(
      [
        { start: 10, end: 19 },
        { start: 20, end: 29 },
        { start: 30, end: 39 },
      ].map((span) => open(database(), owner, { tables, span })),
    );
    const results = await Promise.allSettled(segments.map((files) => publishSegment(database(), owner, files)));
    const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    for (const reason of refused) expect(reason).toBeInstanceOf(OwnershipLostError);
    expect(refused.length).toBeLessThan(3);
    for (const table of tables) {
      expect(await database().prisma.tableFile.count({ where: { tableId: table.id } })).toBe(4 - refused.length);
      expect((await tableOf(table.id)).chainVersion).toBe(4 - refused.length);
    }
    expect(await database().prisma.pendingFile.count()).toBe(3 * refused.length);

    // Who computed from an older state tries again.
    for (const [index, result] of results.entries()) {
      if (result.status === "rejected") await publishSegment(database(), owner, segments[index] ?? []);
    }
    for (const table of tables) {
      expect(await tableOf(table.id)).toMatchObject({ currentBlock: 39n, filesCount: 4n, rowCount: 40n });
    }
  });

  test("is still fenced when its job failed in a way that a retry cures", async () => {
    const { owner } = await startJob(database());
    const tables = await takeAll(database(), owner);
    const files = await open(database(), owner, { tables, span: { start: 0, end: 9 } });
    await database().prisma.$executeRaw`
      update job set status = 'SCHEDULED', version = version + 1, last_error = ${JSON.stringify(FAILURE)}::jsonb`;
    await expectRefused(publishSegment(database(), owner, files), await readEverything(database()));
  });
});
