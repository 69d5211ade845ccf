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
  startJob,
  takeAll,
  useDatabase,
} from "../../test/store-fixtures.ts";
import { OwnershipLostError } from "../domain/errors.ts";
import { completeJob, handOver } from "./job-own.ts";
import { removeJob } from "./job-remove.ts";
import { findStray, forgetStray } from "./pending-file.ts";
import { reapJobs } from "./reaper.ts";
import { publishSegment } from "./segment.ts";
import { tablePath } from "./table.ts";

const GRACE_MS = 60_000;

describe.each(DIALECTS)("the sweep of pending files on %s", (dialect) => {
  const database = useDatabase(dialect);

  const age = () => database().prisma.$executeRaw`update pending_file set created_at = now() - interval '2 minutes'`;
  const stray = async () => (await findStray(database(), GRACE_MS)).map(({ name }) => name);

  async function openOne(running: RunningJob) {
    const tables = await takeAll(database(), running.owner, ["logs"]);
    return open(database(), running.owner, { tables, span: { start: 0, end: 9 } });
  }

  test("leaves the files of an attempt that goes on, however old they are", async () => {
    for (const status of ["RUNNING", "STOP_REQUESTED", "STOPPING"] as const) {
      await openOne(await makeJobIn(database(), status));
    }
    await age();
    expect(await stray()).toEqual([]);
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
  ])("finds the file of a job that was %s, once the grace is over", async (_, move) => {
    const running = await startJob(database());
    const files = await openOne(running);
    await move(running);
    expect(await stray()).toEqual([]);
    await age();
    expect(await stray()).toEqual(files.map(({ file }) => file.name));
  });

  test("says where the object lies: below the table's revision", async () => {
    const running = await startJob(database());
    const [file] = await openOne(running);
    await completeJob(database(), running.owner, ACTOR);
    const [found] = await findStray(database(), 0);
    expect(found?.path).toBe(`${file === undefined ? "" : tablePath(file.table)}/${file?.file.name}`);
    expect(found?.path).toMatch(/^_\/eth_[0-9a-f]+\/logs\/[0-9a-f-]{36}\/000000000-[0-9a-f-]{16}\.parquet$/);
  });

  test("forgets one file and no other, also twice", async () => {
    const running = await startJob(database());
    await openOne(running);
    const [second] = await openOne(running);
    await completeJob(database(), running.owner, ACTOR);
    const [first, ...others] = await findStray(database(), 0);
    if (first === undefined) throw new Error("both files are found");
    await forgetStray(database(), first);
    await forgetStray(database(), first);
    expect(await findStray(database(), 0)).toEqual(others);
    expect(others.map(({ name }) => name)).toEqual([second?.file.name]);
  });

  test("never finds a published file, and what it forgot can no longer be published", async () => {
    const running = await startJob(database());
    const { owner } = running;
    await publish(database(), owner, { tables: await takeAll(database(), owner), span: { start: 0, end: 9 } });
    const files = await openOne(running);
    await database().prisma.pendingFile.deleteMany();
    await expect(publishSegment(database(), owner, files)).rejects.toThrow(OwnershipLostError);
    await completeJob(database(), owner, ACTOR);
    expect(await findStray(database(), 0)).toEqual([]);
  });
});
