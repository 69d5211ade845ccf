import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import {
  ACTOR,
  claim,
  expireLease,
  makeJobIn,
  open,
  publish,
  type RunningJob,
  STORE,
  startJob,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { OwnershipLostError } from "../domain/errors.ts";
import { completeJob, handOver } from "./job-own.ts";
import { removeJob } from "./job-remove.ts";
import { findStray, forgetStray, postponeStray, stampStray } from "./pending-file.ts";
import { reapJobs } from "./reaper.ts";
import { publishSegment } from "./segment.ts";
import { tablePath } from "./table.ts";

const GRACE_MS = 60_000;

describe.each(DIALECTS)("the sweep of pending files on %s", (dialect) => {
  const database = useDatabase(dialect);

  const find = (graceMs: number) => findStray(database(), { graceMs, storeId: STORE.id });
  const sweepable = async (graceMs: number) => {
    await stampStray(database());
    return find(graceMs);
  };
  const stray = async () => (await sweepable(GRACE_MS)).map(({ name }) => name);
  const pass = () =>
    database().prisma.$executeRaw`update pending_file set created_at = created_at - interval '2 minutes',
      stray_at = stray_at - interval '2 minutes'`;

  async function openOne(running: RunningJob) {
    const tables = await takeAll(database(), running.owner, ["logs"]);
    return open(database(), running.owner, { tables, span: { start: 0, end: 9 } });
  }

  test("leaves the files of an attempt that goes on, however old they are", async () => {
    for (const status of ["RUNNING", "STOP_REQUESTED", "STOPPING"] as const) {
      await openOne(await makeJobIn(database(), status));
    }
    await pass();
    expect(await stray()).toEqual([]);
    expect(await sweepable(0)).toEqual([]);
  });

  test.each([
    ["handed over", ({ owner }: RunningJob) => handOver(database(), owner, ACTOR)],
    [
      "claimed again by the same worker",
      async ({ owner, worker }: RunningJob) => {
        await handOver(database(), owner, ACTOR);
        await claim(database(), worker);
      },
    ],
    [
      "taken by the reaper",
      async ({ worker }: RunningJob) => {
        await expireLease(database(), worker);
        await reapJobs(database(), { maxAttempts: 10 }, ACTOR);
      },
    ],
    ["ended", ({ owner }: RunningJob) => completeJob(database(), owner, ACTOR)],
    [
      "removed",
      async ({ owner }: RunningJob) => {
        await completeJob(database(), owner, ACTOR);
        await removeJob(database(), { number: owner.job }, ACTOR);
      },
    ],
  ])("finds the file of a job that was %s, once the grace since then is over", async (_, move) => {
    const running = await startJob(database());
    const files = await openOne(running);
    // However long ago it was recorded: a paused writer may be about to write it.
    await pass();
    await move(running);
    expect(await stray()).toEqual([]);
    await pass();
    expect(await stray()).toEqual(files.map(({ file }) => file.name));
  });

  test("says where the object lies: below the table's revision", async () => {
    const running = await startJob(database());
    const [file] = await openOne(running);
    await completeJob(database(), running.owner, ACTOR);
    const [found] = await sweepable(0);
    expect(found?.path).toBe(`${file === undefined ? "" : tablePath(file.table)}/${file?.file.name}`);
    expect(found?.path).toMatch(/^_\/eth_[0-9a-f]+\/logs\/[0-9a-f-]{36}\/000000000-[0-9a-f-]{16}\.parquet$/);
  });

  test("forgets one file and no other, also twice", async () => {
    const running = await startJob(database());
    await openOne(running);
    const [second] = await openOne(running);
    await completeJob(database(), running.owner, ACTOR);
    const found = await sweepable(0);
    const first = found.filter(({ name }) => name !== second?.file.name);
    const others = found.filter(({ name }) => name === second?.file.name);
    await forgetStray(database(), first);
    await forgetStray(database(), first);
    await forgetStray(database(), []);
    expect(await find(0)).toEqual(others);
    expect([first.length, others.length]).toEqual([1, 1]);
  });

  test("finds one that was postponed after all others, once another grace is over", async () => {
    const running = await startJob(database());
    await openOne(running);
    await openOne(running);
    await completeJob(database(), running.owner, ACTOR);
    await stampStray(database());
    await pass();
    const [first, second] = await find(GRACE_MS);
    if (first === undefined || second === undefined) throw new Error("two files are recorded");
    await postponeStray(database(), [first]);
    await postponeStray(database(), []);
    expect(await find(GRACE_MS)).toEqual([second]);
    expect(await find(0)).toEqual([second, first]);
    await pass();
    expect(await find(GRACE_MS)).toEqual([second, first]);
  });

  test("never finds a published file, and what it forgot can no longer be published", async () => {
    const running = await startJob(database());
    const { owner } = running;
    await publish(database(), owner, { tables: await takeAll(database(), owner), span: { start: 0, end: 9 } });
    const files = await openOne(running);
    await database().prisma.pendingFile.deleteMany();
    await expect(publishSegment(database(), owner, files)).rejects.toThrow(OwnershipLostError);
    await completeJob(database(), owner, ACTOR);
    expect(await sweepable(0)).toEqual([]);
  });

  test("keeps the time at which it first saw a stray file", async () => {
    const running = await startJob(database());
    await openOne(running);
    await completeJob(database(), running.owner, ACTOR);
    await stampStray(database());
    await pass();
    const [before] = await database().prisma.pendingFile.findMany();
    await stampStray(database());
    expect(await database().prisma.pendingFile.findMany()).toEqual([before]);
  });

  test("leaves the files of another store to those who see it", async () => {
    const running = await startJob(database());
    const [file] = await openOne(running);
    await completeJob(database(), running.owner, ACTOR);
    await stampStray(database());
    const names = async (storeId: string) =>
      (await findStray(database(), { graceMs: 0, storeId })).map(({ name }) => name);
    expect(await names(randomUUID())).toEqual([]);
    expect(await names(STORE.id)).toEqual([file?.file.name]);
    await database().prisma.datasetTable.updateMany({ data: { storeId: null } });
    expect(await names(randomUUID())).toEqual([file?.file.name]);
  });
});
