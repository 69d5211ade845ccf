import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import {
  databaseNow,
  deploy,
  liveFigures,
  publish,
  startJob,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import type { LiveReport } from "../domain/live-report.ts";
import { completeJob } from "./job-own.ts";
import { getJob } from "./job-read.ts";
import type { JobRow } from "./job-row.ts";
import { readLive, reportLive } from "./live.ts";

describe.each(DIALECTS)("live figures on %s", (dialect) => {
  const database = useDatabase(dialect);

  const readOne = async (job: JobRow): Promise<LiveReport | undefined> =>
    (await readLive(database(), [job])).get(job.number)?.live;

  test("are those reported last, with the attempt, and change neither version nor updated_at", async () => {
    const { owner, job } = await startJob(database());
    const all = {
      headBlock: 2n ** 60n,
      headTimestamp: 7n,
      fetchedBlock: 0n,
      inFlightBlocks: 3n,
      inFlightRows: 2n ** 40n,
      inFlightBytes: 2n ** 50n,
      blocksPerSecond: 10,
      bytesPerSecond: 0.125,
      slowBlocksPerSecond: 1e-9,
      fastBlocksPerSecond: 1e9,
      chainSecondsPerBlock: 12,
      waitsFor: "RATE_LIMIT" as const,
    };
    await reportLive(database(), owner, liveFigures());
    const { figures } = liveFigures();
    const { idleMs, ...told } = figures;
    expect(await readOne(job)).toEqual({
      ...told,
      attempt: 1,
      reportedAt: expect.any(Date),
      advancedAt: expect.any(Date),
    });
    await reportLive(database(), owner, liveFigures(all));
    expect(await readOne(job)).toMatchObject(all);
    expect(await getJob(database(), owner.job)).toEqual(job);
  });

  test("have the database's times: when it was told, and when a stage last advanced", async () => {
    const { owner, job } = await startJob(database());
    const before = await databaseNow(database());
    await reportLive(database(), owner, liveFigures({ idleMs: 40_000 }));
    const reading = (await readLive(database(), [job])).get(owner.job);
    const after = await databaseNow(database());
    const { reportedAt, advancedAt } = reading?.live ?? {};
    const times = [before, reportedAt?.getTime(), reading?.now.getTime(), after];
    expect(times).toEqual([...times].sort());
    expect(advancedAt?.getTime()).toBe((reportedAt?.getTime() ?? 0) - 40_000);
  });

  test("come from the owner alone", async () => {
    const { owner, job } = await startJob(database());
    await reportLive(database(), { ...owner, attempt: 2 }, liveFigures());
    await reportLive(database(), { ...owner, incarnation: randomUUID() }, liveFigures());
    expect(await readOne(job)).toBeUndefined();
    await reportLive(database(), owner, liveFigures());
    await completeJob(database(), owner, { nodeId: "w", name: null, requestId: null });
    await reportLive(database(), owner, liveFigures({ headBlock: 999n }));
    expect(await readOne(job)).toMatchObject({ headBlock: 100n });
  });

  test("are read with the manifest's first block and network, of jobs too that never reported or are gone", async () => {
    const { owner, job } = await startJob(database());
    const silent = await deploy(database());
    await reportLive(database(), owner, liveFigures());
    const readings = await readLive(database(), [job, silent, { ...job, number: 999_999n }]);
    const known = { startBlock: 0n, network: "anvil", now: expect.any(Date) };
    expect(readings.get(owner.job)).toMatchObject({ ...known, live: { headBlock: 100n } });
    expect(readings.get(silent.number)).toEqual({ ...known, live: undefined });
    expect(readings.get(999_999n)).toEqual({ ...known, live: undefined });
    expect(await readLive(database(), [])).toEqual(new Map());
  });

  test("show nothing in flight any more once a segment is published", async () => {
    const { owner, job } = await startJob(database());
    await reportLive(database(), owner, liveFigures({ inFlightBlocks: 5n, inFlightRows: 6n, inFlightBytes: 7n }));
    await publish(database(), owner, { tables: await takeAll(database(), owner), span: { start: 0, end: 9 } });
    expect(await readOne(job)).toMatchObject({ inFlightBlocks: 0n, inFlightRows: 0n, inFlightBytes: 0n });
  });
});
