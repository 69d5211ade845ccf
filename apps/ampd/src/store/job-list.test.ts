import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { explain } from "../../test/explain.ts";
import { clearJobs, type WrittenJob, writeJobs, writeManyJobs } from "../../test/many-jobs.ts";
import { ACTOR, useDatabase } from "../../test/store-fixtures.ts";
import { type JobListPage, type JobOrder, type JobPosition, pageJobs, positionOf } from "./job-list.ts";
import { removeJob } from "./job-remove.ts";
import type { JobRow } from "./job-row.ts";

const MS = 1_760_000_000_000;
/** Three of the 20,000 jobs were made in it. */
const MIDDLE = { from: new Date("2026-01-01T00:00:03.000Z"), to: new Date("2026-01-01T00:00:03.001Z") };
const ORDERS: readonly JobOrder[] = (["NUMBER", "CREATED_AT", "ENDED_AT"] as const).flatMap((by) =>
  (["ASC", "DESC"] as const).map((direction) => ({ by, direction })),
);
const ORDERS_BY_NAME = ORDERS.map((order) => [`${order.by} ${order.direction}`, order] as const);

/** The ended and the running take turns; times come in pairs, and do not follow the numbers. */
function makeJob(number: number): WrittenJob {
  const isRunning = number % 5 === 0;
  return {
    number,
    status: isRunning ? "RUNNING" : "STOPPED",
    name: `eth_${number}`,
    hash: "a".repeat(64),
    nodeId: null,
    errorCode: null,
    createdMs: MS + ((Math.floor(number / 2) * 7) % 13),
    updatedMs: MS,
    endedMs: isRunning ? null : MS + ((Math.floor(number / 3) * 5) % 11),
    retryOf: null,
  };
}

/** The whole list by the rule: by time, then by number, turned around when it is descending. */
function inOrder(jobs: readonly WrittenJob[], order: JobOrder): bigint[] {
  const keyOf = { NUMBER: () => 0, CREATED_AT: (j: WrittenJob) => j.createdMs, ENDED_AT: (j: WrittenJob) => j.endedMs };
  const timeOf = (job: WrittenJob) => keyOf[order.by](job) ?? 0;
  const sorted = jobs
    .filter((job) => order.by !== "ENDED_AT" || job.endedMs !== null)
    .toSorted((a, b) => timeOf(a) - timeOf(b) || a.number - b.number)
    .map(({ number }) => BigInt(number));
  return order.direction === "ASC" ? sorted : sorted.reverse();
}

describe.each(DIALECTS)("a list of jobs on %s", (dialect) => {
  const database = useDatabase(dialect);
  const jobs = Array.from({ length: 40 }, (_, index) => makeJob(index + 1));
  const page = (options: Partial<JobListPage> & Pick<JobListPage, "order">) =>
    pageJobs(database(), { filter: {}, limit: 1_000, ...options });
  const numbersOf = (rows: readonly JobRow[]) => rows.map(({ number }) => number);

  /** Every page from one end to the other, in the order of the list. */
  async function readAll(
    order: JobOrder,
    limit: number,
    fromEnd: boolean,
    between = async (): Promise<void> => {},
  ): Promise<bigint[]> {
    const read: bigint[][] = [];
    for (let at: JobPosition | undefined; ; ) {
      const rows = await page({ order, limit, fromEnd, ...(fromEnd ? { before: at } : { after: at }) });
      const next = fromEnd ? rows[0] : rows.at(-1);
      if (next === undefined) break;
      read.push(numbersOf(rows));
      at = positionOf(next, order);
      await between();
    }
    return (fromEnd ? read.reverse() : read).flat();
  }

  test.each(ORDERS_BY_NAME)("by %s is total, and the same in pages of any size from either end", async (_, order) => {
    await writeJobs(database(), jobs);
    const expected = inOrder(jobs, order);
    expect(numbersOf(await page({ order }))).toEqual(expected);
    for (const limit of [1, 3, 7, 100]) {
      expect(await readAll(order, limit, false)).toEqual(expected);
      expect(await readAll(order, limit, true)).toEqual(expected);
    }
  });

  test.each(ORDERS_BY_NAME)("by %s between two places holds what is between them", async (_, order) => {
    await writeJobs(database(), jobs);
    const rows = await page({ order });
    const all = numbersOf(rows);
    const place = (index: number) => positionOf(rows[index] ?? expect.unreachable(), order);
    const bounds = { after: place(4), before: place(20) };
    expect(numbersOf(await page({ order, ...bounds }))).toEqual(all.slice(5, 20));
    expect(numbersOf(await page({ order, ...bounds, limit: 3 }))).toEqual(all.slice(5, 8));
    expect(numbersOf(await page({ order, ...bounds, limit: 3, fromEnd: true }))).toEqual(all.slice(17, 20));
    expect(await page({ order, after: place(20), before: place(4) })).toEqual([]);
  });

  test("goes on from a place whose job was removed, or is no longer in the list", async () => {
    await writeJobs(database(), jobs);
    const order: JobOrder = { by: "CREATED_AT", direction: "DESC" };
    const filter = { statuses: ["STOPPED"] } as const;
    const all = await page({ order, filter });
    const cut = all[9] ?? expect.unreachable();
    const after = positionOf(cut, order);
    await removeJob(database(), { number: cut.number }, ACTOR);
    expect(numbersOf(await page({ order, filter, after }))).toEqual(numbersOf(all.slice(10)));
    expect(numbersOf(await page({ order, filter: { statuses: ["RUNNING"] }, after }))).toEqual(
      numbersOf((await page({ order, filter: { statuses: ["RUNNING"] } })).filter((row) => isAfter(row, after))),
    );
  });

  function isAfter(row: JobRow, { time, number }: JobPosition): boolean {
    const [ms, cutMs] = [row.createdAt.getTime(), time?.getTime() ?? 0];
    return ms === cutMs ? row.number < number : ms < cutMs;
  }

  /** Adds a job, or deletes it when it is there and has ended. */
  async function toggle(number: number): Promise<void> {
    const job = makeJob(number);
    const { prisma } = database();
    const deleted = await prisma.$executeRaw`delete from job where number = ${number} and ended_at is not null`;
    if (deleted === 0 && job.status !== "RUNNING") await writeJobs(database(), [job]);
  }

  test("never skips or doubles a job that stays, whatever comes and goes between two pages", async () => {
    const churn = fc.infiniteStream(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 3 }));
    const scan = fc.record({
      order: fc.constantFrom(...ORDERS),
      fromEnd: fc.boolean(),
      limit: fc.integer({ min: 1, max: 6 }),
      churn,
    });
    const run = async (settings: { order: JobOrder; fromEnd: boolean; limit: number; churn: fc.Stream<number[]> }) => {
      // Those from 40 on stay; the others come and go.
      const stay = Array.from({ length: 20 }, (_, index) => makeJob(index + 40));
      await clearJobs(database());
      await writeJobs(database(), [...stay, makeJob(4), makeJob(8), makeJob(13), makeJob(22)]);
      const read = await readAll(settings.order, settings.limit, settings.fromEnd, async () => {
        for (const number of settings.churn.next().value ?? []) await toggle(number);
      });
      expect(read.filter((number) => number >= 40n)).toEqual(inOrder(stay, settings.order));
    };
    await fc.assert(fc.asyncProperty(scan, run), { numRuns: 12 });
  });

  test("of 20,000 jobs is read by an index, page by page, without a sort", async () => {
    await writeManyJobs(database(), 20_000);
    for (const order of ORDERS) {
      const [middle] = await pageJobs(database(), {
        filter: { created: MIDDLE },
        order,
        limit: 1,
      });
      const at = positionOf(middle ?? expect.unreachable(), order);
      for (const bounds of [{}, { after: at }, { before: at, fromEnd: true }]) {
        const steps = await explain(database(), (explained) =>
          pageJobs(explained, { filter: {}, order, limit: 51, ...bounds }),
        );
        expect(steps.map(({ type }) => type)).toEqual(["Limit", "Index Scan"]);
        expect(Math.max(...steps.map(({ rows }) => rows))).toBe(51);
      }
    }
  });

  test.each([
    ["status", { statuses: ["RUNNING"] }],
    ["dataset", { dataset: { namespace: "_", name: "eth_7" } }],
    ["manifest", { manifestHash: "7".padStart(64, "0") }],
    ["the job that they run again", { retryOf: 999n }],
    ["the time of their last change", { updated: { from: new Date("2026-01-01T00:00:06.600Z") } }],
  ] as const)("of 20,000 jobs by %s reads a fraction of them", async (_, filter) => {
    await writeManyJobs(database(), 20_000);
    const steps = await explain(database(), (explained) =>
      pageJobs(explained, { filter, order: { by: "NUMBER", direction: "DESC" }, limit: 51 }),
    );
    expect(Math.max(...steps.map(({ rows }) => rows))).toBeLessThanOrEqual(3_000);
  });
});
