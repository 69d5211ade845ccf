import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { countJobs, deploy, makeJobIn, useDatabase } from "../../test/store-fixtures.ts";
import { JobNotFoundError } from "../domain/errors.ts";
import { ACTIVE_STATUSES, ENDED_STATUSES, JOB_STATUSES } from "../domain/job.ts";
import { findJob, findJobs, getJob, type JobPage, listJobs } from "./job-read.ts";

describe.each(DIALECTS)("jobs on %s", (dialect) => {
  const database = useDatabase(dialect);

  async function deployMany(count: number): Promise<bigint[]> {
    const numbers: bigint[] = [];
    for (let index = 0; index < count; index += 1) numbers.push((await deploy(database())).number);
    return numbers.reverse();
  }
  const list = async (page: Partial<JobPage>) =>
    (await listJobs(database(), { filter: {}, limit: 100, ...page })).map(({ number }) => number);

  test("are found by number, one or many, with every field", async () => {
    const job = await deploy(database(), { endBlock: "-5", parallelism: 4, verify: true, nodeSelector: "eu-*" });
    const other = await deploy(database());
    expect(await getJob(database(), job.number)).toEqual(job);
    expect(await findJobs(database(), [other.number, 999_999n, job.number])).toEqual([job, other]);
    expect(await findJobs(database(), [])).toEqual([]);
    expect(await findJob(database(), 999_999n)).toBeUndefined();
    await expect(getJob(database(), 999_999n)).rejects.toThrow(JobNotFoundError);
  });

  test("have times to the millisecond that are the database's own, whatever the time zone", async () => {
    const { number, createdAt } = await deploy(database());
    const [row] = await database().prisma.$queryRaw<{ ms: number }[]>`
      select (extract(epoch from created_at) * 1000)::float8 as ms from job where number = ${number}`;
    expect(createdAt.getTime()).toBe(row?.ms);
  });

  test("are paged forward, newest first, without a gap or a double", async () => {
    const all = await deployMany(7);
    const read: bigint[] = [];
    for (let after: bigint | undefined; ; ) {
      const page = await list({ limit: 3, after });
      if (page.length === 0) break;
      read.push(...page);
      after = page.at(-1);
    }
    expect(read).toEqual(all);
  });

  test("are paged backward, each page newest first", async () => {
    const all = await deployMany(7);
    const pages: bigint[][] = [];
    for (let before: bigint | undefined; ; ) {
      const page = await list({ limit: 3, before, fromEnd: true });
      if (page.length === 0) break;
      pages.unshift(page);
      before = page[0];
    }
    expect(pages).toEqual([all.slice(0, 1), all.slice(1, 4), all.slice(4, 7)]);
  });

  test("between two bounds are those between, without the bounds", async () => {
    const all = await deployMany(6);
    expect(await list({ after: all[0], before: all[5] })).toEqual(all.slice(1, 5));
    expect(await list({ after: all[0], before: all[5], limit: 2 })).toEqual(all.slice(1, 3));
    expect(await list({ after: all[0], before: all[5], limit: 2, fromEnd: true })).toEqual(all.slice(3, 5));
  });

  test("that are new do not shift a page that is read from a cursor", async () => {
    const all = await deployMany(4);
    const first = await list({ limit: 2 });
    await deployMany(3);
    expect(await list({ limit: 2, after: first.at(-1) })).toEqual(all.slice(2));
  });

  test("are filtered by status and by manifest, and counted by the same filter", async () => {
    const numbers = new Map<string, bigint>();
    for (const status of JOB_STATUSES) {
      numbers.set(status, (await makeJobIn(database(), status)).job.number);
    }
    const named = (statuses: readonly string[]) => statuses.map((status) => numbers.get(status) ?? 0n);
    // The one that was completed on the way to the scheduled one.
    const extra = (await list({})).filter((number) => ![...numbers.values()].includes(number));
    expect(extra).toHaveLength(1);
    for (const statuses of [ACTIVE_STATUSES, ["RUNNING"], ["FAILED", "STOPPED"], []] as const) {
      expect(new Set(await list({ filter: { statuses } }))).toEqual(new Set(named(statuses)));
      expect(await countJobs(database(), { statuses })).toBe(statuses.length);
    }
    expect(await countJobs(database(), { statuses: ENDED_STATUSES })).toBe(4);
    expect(await countJobs(database(), {})).toBe(8);
    const { manifestHash } = await getJob(database(), numbers.get("FAILED") ?? 0n);
    expect(await countJobs(database(), { manifestHash })).toBe(8);
    expect(await countJobs(database(), { manifestHash, statuses: ["FAILED"] })).toBe(1);
    expect(await list({ filter: { manifestHash: "0".repeat(64) } })).toEqual([]);
  });
});
