import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { ACTOR, claim, fileOf, open, startJob, takeAll, useDatabase } from "../../test/store-fixtures.ts";
import { canonicalChain, chainProgress } from "../domain/canonical-chain.ts";
import { OwnershipLostError } from "../domain/errors.ts";
import { handOver } from "./job-own.ts";
import { publishSegment } from "./segment.ts";
import type { TableRow } from "./table.ts";
import { listFiles } from "./table-file.ts";

/** Few starts and lengths, so that most files link, overlap or start at the same block. */
const anySpan = fc.record({
  start: fc.constantFrom(0, 2, 4, 6),
  length: fc.constantFrom(1, 1, 3),
  branch: fc.constantFrom("a", "a", "a", "b"),
  parent: fc.constantFrom("a", "a", "b"),
});
/** `opensEarly`: the segment is opened before all others, and published in its turn. */
const anyPublishes = fc.array(fc.record({ span: anySpan, opensEarly: fc.boolean() }), { minLength: 1, maxLength: 8 });

describe.each(DIALECTS)("the chain that the database keeps on %s", (dialect) => {
  const database = useDatabase(dialect);

  async function expectFullWalk(table: TableRow): Promise<void> {
    const files = await listFiles(database(), table.id);
    const chain = canonicalChain(files, 0n);
    const ids = (rows: readonly { id: bigint }[]) => rows.map(({ id }) => id).toSorted((a, b) => Number(a - b));
    expect(ids(files.filter(({ canonical }) => canonical))).toEqual(ids(chain));
    const row = await database().prisma.datasetTable.findUniqueOrThrow({ where: { id: table.id } });
    expect(row).toMatchObject(chainProgress(chain));
  }

  test("is that of a full walk over all files, after every publish of any sequence", async () => {
    await fc.assert(
      fc.asyncProperty(anyPublishes, async (publishes) => {
        const { owner } = await startJob(database());
        const [table] = await takeAll(database(), owner, ["blocks"]);
        if (table === undefined) throw new Error("the table is made");
        const toSpan = ({ start, length, branch, parent }: (typeof publishes)[number]["span"]) => ({
          start,
          end: start + length,
          branch,
          parent,
        });
        const early = [];
        for (const { span, opensEarly } of publishes) {
          const segment = { tables: [table], span: toSpan(span) };
          early.push(opensEarly ? await open(database(), owner, segment) : undefined);
        }
        for (const [index, { span }] of publishes.entries()) {
          const files = early[index] ?? (await open(database(), owner, { tables: [table], span: toSpan(span) }));
          await publishSegment(database(), owner, files);
          await expectFullWalk(table);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("is that of a full walk also where two files that start at one block were opened in the same instant", async () => {
    for (const spans of [
      [
        { start: 0, end: 3 },
        { start: 0, end: 1 },
      ],
      [
        { start: 0, end: 1 },
        { start: 0, end: 3 },
      ],
    ]) {
      const { owner } = await startJob(database());
      const [table] = await takeAll(database(), owner, ["blocks"]);
      if (table === undefined) throw new Error("the table is made");
      for (const span of spans) {
        const files = await open(database(), owner, { tables: [table], span });
        const sameInstant = files.map((one) => ({ ...one, file: { ...one.file, createdAtNs: 1n } }));
        await publishSegment(database(), owner, sameInstant);
        await expectFullWalk(table);
      }
    }
  });

  test("never has two files of one instant, even when the clock stands: of two attempts that open in it one publishes", async () => {
    const { owner, worker } = await startJob(database());
    const [table] = await takeAll(database(), owner, ["blocks"]);
    if (table === undefined) throw new Error("the table is made");
    // Any time that the clock will not reach: what follows is counted from the last file.
    await database().prisma.datasetTable.updateMany({ data: { lastFileNs: 8_000_000_000_000_000_000n } });
    const paused = await open(database(), owner, { tables: [table], span: { start: 0, end: 1 } });
    await handOver(database(), owner, ACTOR);
    const { owner: next } = await claim(database(), worker);
    await takeAll(database(), next, ["blocks"]);
    const files = await open(database(), next, { tables: [table], span: { start: 0, end: 3 } });
    expect(files[0]?.file.createdAtNs).toBe(paused[0]?.file.createdAtNs);
    await publishSegment(database(), next, files);
    await expect(publishSegment(database(), owner, paused)).rejects.toThrow(OwnershipLostError);
    const [later] = await open(database(), next, { tables: [table], span: { start: 4, end: 5 } });
    expect(later?.file.createdAtNs).toBeGreaterThan(files[0]?.file.createdAtNs ?? later?.file.createdAtNs ?? 0n);
    expect(await listFiles(database(), table.id)).toHaveLength(1);
  });

  test("starts at the dataset's first block, not at 0", async () => {
    const { owner } = await startJob(database());
    const [table] = await takeAll(database(), owner, ["logs"]);
    if (table === undefined) throw new Error("the table is made");
    const [file] = await open(database(), owner, { tables: [table], span: { start: 7, end: 9 } });
    if (file === undefined) throw new Error("the file is recorded");
    await publishSegment(database(), owner, [{ ...file, startBlock: 7n }]);
    const row = await database().prisma.datasetTable.findUniqueOrThrow({ where: { id: table.id } });
    expect(row).toMatchObject({ startBlock: 7n, currentBlock: 9n, filesCount: 1n });
    expect(fileOf(table, { start: 7, end: 9 }, 0n).file.rowCount).toBe(row.rowCount);
  });
});
