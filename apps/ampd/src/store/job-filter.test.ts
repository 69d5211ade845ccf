import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { clearJobs, type WrittenJob, writeJobs } from "../../test/many-jobs.ts";
import { useDatabase } from "../../test/store-fixtures.ts";
import { ACTIVE_STATUSES, isEnded, JOB_STATUSES } from "../domain/job.ts";
import { type JobFilter, jobSelector, type TimeRange } from "./job-filter.ts";
import { pageJobs } from "./job-list.ts";

const MS = 1_760_000_000_000;
const HASHES = ["a".repeat(64), "b".repeat(64)] as const;

// Few values of each field, so that most filters select something.
const time = fc.integer({ min: MS, max: MS + 3 });
const job = fc.record({
  status: fc.constantFrom(...JOB_STATUSES),
  name: fc.constantFrom("eth", "base"),
  hash: fc.constantFrom(...HASHES),
  nodeId: fc.constantFrom(null, "eu-1", "eu-2"),
  errorCode: fc.constantFrom(null, "CHAIN_MISMATCH", "ENDPOINT_FAILING"),
  createdMs: time,
  updatedMs: time,
  endedMs: time,
  retryOf: fc.constantFrom(null, 1, 2),
});
const jobs = fc.array(job, { maxLength: 30 }).map((rows) =>
  rows.map((row, index): WrittenJob => {
    // At most one active job of a dataset's tables.
    const name = isEnded(row.status) ? row.name : `${row.name}_${index}`;
    return { ...row, name, number: index + 1, endedMs: isEnded(row.status) ? row.endedMs : null };
  }),
);
const date = time.map((ms) => new Date(ms));
const range: fc.Arbitrary<TimeRange> = fc.record({ from: date, to: date }, { requiredKeys: [] });
const whole: Required<{ [Field in keyof JobFilter]: fc.Arbitrary<JobFilter[Field]> }> = {
  statuses: fc.subarray([...JOB_STATUSES]),
  dataset: fc.record({ namespace: fc.constantFrom("_", "_", "other"), name: fc.constantFrom("eth", "base", "eth_3") }),
  manifestHash: fc.constantFrom(...HASHES),
  nodeId: fc.constantFrom("eu-1", "eu"),
  errorCode: fc.constantFrom("CHAIN_MISMATCH", "JOB_STALLED"),
  created: range,
  updated: range,
  ended: range,
  retryOf: fc.constantFrom(1n, 3n),
};
// One field or two: more of them select nothing.
const filter = fc
  .uniqueArray(fc.constantFrom(...Object.values(whole).keys()), { minLength: 0, maxLength: 2 })
  .chain((kept) =>
    fc.record(Object.fromEntries(Object.entries(whole).filter((_, index) => kept.includes(index)))),
  ) as fc.Arbitrary<JobFilter>; // Its fields are those of the whole.

describe.each(DIALECTS)("a filter of jobs on %s", (dialect) => {
  const database = useDatabase(dialect);
  const list = (wanted: JobFilter) =>
    pageJobs(database(), { filter: wanted, order: { by: "NUMBER", direction: "ASC" }, limit: 1_000 });

  test("selects in memory what it selects in the database", async () => {
    let selected = 0;
    await fc.assert(
      fc.asyncProperty(jobs, fc.array(filter, { minLength: 10, maxLength: 10 }), async (rows, filters) => {
        await clearJobs(database());
        await writeJobs(database(), rows);
        const all = await list({});
        expect(all).toHaveLength(rows.length);
        for (const wanted of filters) {
          const found = await list(wanted);
          expect(found).toEqual(all.filter(jobSelector(wanted)));
          selected += found.length;
        }
      }),
      { numRuns: 15 },
    );
    expect(selected).toBeGreaterThan(0);
  });

  test("takes a span of time from its start to before its end", async () => {
    const base = { status: "COMPLETED", name: "eth", hash: HASHES[0], nodeId: null, errorCode: null } as const;
    const at = [0, 1, 2, 3].map((ms) => MS + ms);
    await writeJobs(
      database(),
      at.map((ms, index) => ({
        ...base,
        number: index,
        createdMs: ms,
        updatedMs: ms + 10,
        endedMs: ms + 20,
        retryOf: null,
      })),
    );
    const numbers = async (wanted: JobFilter) => (await list(wanted)).map(({ number }) => Number(number));
    const span = (offset: number) => ({ from: new Date(MS + offset + 1), to: new Date(MS + offset + 3) });
    expect(await numbers({ created: span(0) })).toEqual([1, 2]);
    expect(await numbers({ updated: span(10) })).toEqual([1, 2]);
    expect(await numbers({ ended: span(20) })).toEqual([1, 2]);
    expect(await numbers({ created: { from: new Date(MS + 3) } })).toEqual([3]);
    expect(await numbers({ created: { to: new Date(MS + 1) } })).toEqual([0]);
    expect(await numbers({ ended: {}, statuses: ACTIVE_STATUSES })).toEqual([]);
  });
});
