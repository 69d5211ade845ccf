import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { explain } from "../../test/explain.ts";
import { ACTOR, deploy, makeJobIn, startJob, useDatabase } from "../../test/store-fixtures.ts";
import { type EventFilter, eventSelector } from "./event-filter.ts";
import { type LogRead, logBounds, readLog } from "./event-log.ts";
import { forgetOldEvents } from "./housekeeping.ts";
import { handOver } from "./job-own.ts";
import { removeJob } from "./job-remove.ts";

describe.each(DIALECTS)("the log of all jobs on %s", (dialect) => {
  const database = useDatabase(dialect);
  const read = async (options: Partial<LogRead> = {}) =>
    (await readLog(database(), { after: 0n, limit: 1_000, ...options })).events;

  test("is read in the order of sequence, from a cursor, up to a sequence, in pages", async () => {
    const { owner } = await startJob(database());
    await startJob(database());
    await handOver(database(), owner, ACTOR);
    const all = await read();
    expect(all.map(({ type }) => type)).toEqual([
      ...["SCHEDULED", "RUNNING", "SCHEDULED", "RUNNING"],
      ...["HANDED_OVER", "SCHEDULED"],
    ]);
    expect(all).toEqual(all.toSorted((a, b) => Number(a.sequence - b.sequence)));
    expect(all).toEqual(await database().prisma.jobEvent.findMany({ orderBy: { sequence: "asc" } }));
    const third = all[2]?.sequence ?? 0n;
    expect(await read({ after: third })).toEqual(all.slice(3));
    expect(await read({ after: third, limit: 2 })).toEqual(all.slice(3, 5));
    expect(await read({ upTo: third })).toEqual(all.slice(0, 3));
    expect(await read({ after: all.at(-1)?.sequence ?? 0n })).toEqual([]);
  });

  test("names the dataset of every event, from the deploy to the removal and beyond", async () => {
    const { job } = await makeJobIn(database(), "FAILED");
    await removeJob(database(), { number: job.number }, ACTOR);
    const events = await read({ filter: { jobs: [job.number] } });
    expect(events.map(({ type }) => type)).toEqual(["SCHEDULED", "RUNNING", "FAILED", "REMOVED"]);
    for (const { namespace, name } of events) expect({ namespace, name }).toEqual({ namespace: "_", name: job.name });
    // Written when the job is long gone: the log itself remembers.
    await database().prisma.$executeRaw`
      insert into job_event (job_number, type, node_id) values (${job.number}, 'REORG', 'x')`;
    expect((await read()).at(-1)).toMatchObject({ type: "REORG", namespace: "_", name: job.name });
  });

  test("names the dataset of a removal also when retention has dropped all that came before it", async () => {
    const { job } = await makeJobIn(database(), "STOPPED");
    await forgetOldEvents(database(), -60_000);
    expect(await read()).toEqual([]);
    await removeJob(database(), { number: job.number }, ACTOR);
    expect(await read()).toMatchObject([{ type: "REMOVED", namespace: "_", name: job.name }]);
  });

  test("is filtered by jobs, dataset, types and actor, in memory as in the database", async () => {
    const { owner, job } = await startJob(database());
    await handOver(database(), owner, { ...ACTOR, name: "bob" });
    const other = await deploy(database());
    await database().prisma.$executeRaw`insert into job_event (job_number, type, node_id) values (77, 'REORG', 'x')`;
    const all = await read();
    const expectSelected = async (filter: EventFilter, selects: (event: (typeof all)[number]) => boolean) => {
      const expected = all.filter(selects);
      expect(await read({ filter })).toEqual(expected);
      expect(all.filter(eventSelector(filter))).toEqual(expected);
      return expected.length;
    };
    const { namespace, name } = job;
    expect(await expectSelected({ jobs: [owner.job, 77n] }, (event) => event.jobNumber !== other.number)).toBe(5);
    expect(await expectSelected({ jobs: [] }, () => false)).toBe(0);
    expect(await expectSelected({ dataset: { namespace, name } }, (event) => event.jobNumber === owner.job)).toBe(4);
    expect(await expectSelected({ dataset: { namespace: "other", name } }, () => false)).toBe(0);
    expect(await expectSelected({ types: ["RUNNING", "REORG"] }, ({ type }) => /^R/.test(type))).toBe(2);
    expect(await expectSelected({ actor: "bob" }, (event) => event.actor === "bob")).toBe(2);
    expect(
      await expectSelected(
        { actor: "bob", jobs: [owner.job], types: ["SCHEDULED"], dataset: { namespace, name } },
        (event) => event.actor === "bob" && event.type === "SCHEDULED",
      ),
    ).toBe(1);
  });

  test("knows its bounds, also when retention has emptied it", async () => {
    await deploy(database());
    const before = await logBounds(database());
    expect(before.newest).toBe((await read()).at(-1)?.sequence);
    await forgetOldEvents(database(), -60_000);
    expect(await logBounds(database())).toEqual({ droppedTo: before.newest, newest: before.newest });
    expect(await readLog(database(), { after: 0n, limit: 5 })).toEqual({ events: [], droppedTo: before.newest });
    await deploy(database());
    const { droppedTo, newest } = await logBounds(database());
    expect(droppedTo).toBe(before.newest);
    expect(newest).toBeGreaterThan(before.newest);
  });

  test("is read by an index, whatever its length", async () => {
    await database().prisma.$executeRaw`
      insert into job_event (job_number, type, node_id, detail)
      select n % 100, 'REORG', 'x', jsonb_build_object('dataset_namespace', '_', 'dataset_name', 'eth_' || n % 100)
      from generate_series(1, 5000) n`;
    await database().prisma.$executeRawUnsafe("vacuum analyze job_event");
    const after = (await logBounds(database())).newest - 4_000n;
    for (const filter of [{}, { jobs: [7n] }, { dataset: { namespace: "_", name: "eth_7" } }]) {
      const steps = await explain(database(), (explained) => readLog(explained, { after, filter, limit: 20 }));
      expect(Math.max(...steps.map(({ rows }) => rows))).toBeLessThanOrEqual(2_000);
      expect(steps.filter(({ type }) => type === "Seq Scan")).toHaveLength(1);
    }
  });
});
