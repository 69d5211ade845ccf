import { describe, expect, test } from "vitest";
import { createDatabase, DIALECTS } from "../../test/databases.ts";
import { explain } from "../../test/explain.ts";
import { writeManyJobs } from "../../test/many-jobs.ts";
import { makeJobIn, useDatabase } from "../../test/store-fixtures.ts";
import { JOB_STATUSES } from "../domain/job.ts";
import type { Database } from "./database.ts";
import { countJobsByStatus, type JobCounts } from "./job-counts.ts";
import type { JobFilter } from "./job-filter.ts";
import { getJob } from "./job-read.ts";

const LIMIT = 100_000;

/** What is not 0, as text: `COMPLETED 3`, and `COMPLETED 3+` when there may be more. */
function told({ total, byStatus }: JobCounts): Record<string, string> {
  const counts = Object.entries({ ...byStatus, total }).filter(([, { count }]) => count > 0);
  return Object.fromEntries(counts.map(([key, { count, isExact }]) => [key, `${count}${isExact ? "" : "+"}`]));
}

describe.each(DIALECTS)("counts of jobs on %s", (dialect) => {
  const database = useDatabase(dialect);

  test("are those of the filter, in all and by status", async () => {
    const running = await makeJobIn(database(), "RUNNING");
    for (const status of ["STOPPED", "FAILED", "FAILED"] as const) await makeJobIn(database(), status);
    const { manifestHash, namespace, name, nodeId } = await getJob(database(), running.job.number);
    const counts = async (filter: JobFilter) => told(await countJobsByStatus(database(), filter));
    expect(await counts({})).toEqual({ RUNNING: "1", STOPPED: "1", FAILED: "2", total: "4" });
    expect(await counts({ statuses: ["FAILED", "COMPLETED"] })).toEqual({ FAILED: "2", total: "2" });
    expect(await counts({ statuses: [] })).toEqual({});
    expect(await counts({ manifestHash })).toEqual({ RUNNING: "1", STOPPED: "1", FAILED: "2", total: "4" });
    expect(await counts({ manifestHash, statuses: ["FAILED"] })).toEqual({ FAILED: "2", total: "2" });
    expect(await counts({ dataset: { namespace, name } })).toEqual({ RUNNING: "1", total: "1" });
    expect(await counts({ nodeId: nodeId ?? "" })).toEqual({ RUNNING: "1", total: "1" });
    expect(await counts({ nodeId: nodeId ?? "", statuses: ["STOPPED", "RUNNING"] })).toEqual({
      RUNNING: "1",
      total: "1",
    });
    expect(await counts({ errorCode: "ENDPOINT_FAILING", created: {} })).toEqual({ FAILED: "2", total: "2" });
    expect(await counts({ errorCode: "ENDPOINT_FAILING", nodeId: nodeId ?? "" })).toEqual({});
    expect(await counts({ ended: {} })).toEqual({ STOPPED: "1", FAILED: "2", total: "3" });
    expect(await counts({ created: { to: new Date(0) } })).toEqual({});
    expect(await counts({ updated: {} })).toEqual({ RUNNING: "1", STOPPED: "1", FAILED: "2", total: "4" });
    expect(await counts({ retryOf: 1n })).toEqual({});
    const { byStatus } = await countJobsByStatus(database(), { retryOf: 1n });
    expect(Object.keys(byStatus)).toEqual(JOB_STATUSES);
  });
});

describe("counts of 200,000 jobs on postgres", () => {
  async function openMany(): Promise<Database> {
    const database = await createDatabase("postgres");
    await writeManyJobs(database, 200_000);
    return database;
  }

  test("are exact where few rows tell, say so where they are not, and never look at more than the limit", async () => {
    const database = await openMany();
    const all = { created: { from: new Date(0) } };
    // By the rule of the table: of 200,000 less 50, a 20th failed and a 10th stopped.
    const cases: readonly (readonly [JobFilter, Record<string, string>])[] = [
      [{}, { RUNNING: "50", STOPPED: "19995", FAILED: "9997", COMPLETED: `${LIMIT}+`, total: "130042+" }],
      [{ statuses: ["FAILED", "RUNNING"] }, { RUNNING: "50", FAILED: "9997", total: "10047" }],
      [
        { ...all, statuses: ["RUNNING"] },
        { RUNNING: "50", total: "50" },
      ],
      [{ dataset: { namespace: "_", name: "eth_7" } }, { COMPLETED: "3999", RUNNING: "1", total: "4000" }],
      [
        { manifestHash: "7".padStart(64, "0"), ...all },
        { COMPLETED: "3999", RUNNING: "1", total: "4000" },
      ],
      [
        { nodeId: "worker-0", errorCode: "ENDPOINT_FAILING" },
        { FAILED: "4998", RUNNING: "2", total: "5000" },
      ],
      [{ retryOf: 999n }, { FAILED: "1", total: "1" }],
    ];
    for (const [filter, expected] of cases) {
      expect(told(await countJobsByStatus(database, filter))).toEqual(expected);
    }
    const wide = await countJobsByStatus(database, all);
    expect(wide.total).toEqual({ count: LIMIT + 1, isExact: false });
    for (const filter of [...cases.map(([one]) => one), all, { ended: {} }, { updated: {} }, { nodeId: "worker-1" }]) {
      const steps = await explain(database, (explained) => countJobsByStatus(explained, filter));
      expect(steps.map(({ type }) => type)).not.toContain("Seq Scan");
      const scans = steps.filter(({ index }) => index !== undefined);
      expect(scans).toHaveLength(1);
      // Only a filter without any other field may read so many of each status.
      const most = filter === cases[0]?.[0] ? 2 * LIMIT : LIMIT + 1;
      expect(scans[0]?.rows).toBeLessThanOrEqual(most);
    }
    await database.close();
  });
});
