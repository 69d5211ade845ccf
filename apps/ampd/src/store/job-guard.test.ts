import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { deploy, makeDeployment, makeJobIn, useDatabase } from "../../test/store-fixtures.ts";
import { ACTIVE_STATUSES, canMove, ENDED_STATUSES, JOB_STATUSES } from "../domain/job.ts";
import { getJob } from "./job-read.ts";

const PAIRS = JOB_STATUSES.flatMap((from) => JOB_STATUSES.map((to) => [from, to] as const));

describe.each(DIALECTS)("the guard of jobs on %s", (dialect) => {
  const database = useDatabase(dialect);

  test.each(PAIRS)("lets hand-written SQL move %s to %s only where there is an arrow", async (from, to) => {
    const { job } = await makeJobIn(database(), from);
    const move = database().prisma.$executeRawUnsafe(
      `update job set status = '${to}', version = version + 1, updated_at = now() where number = ${job.number}`,
    );
    if (canMove(from, to)) {
      await move;
      expect(await getJob(database(), job.number)).toMatchObject({ status: to, version: job.version + 1 });
    } else {
      await expect(move).rejects.toThrow(from === to ? /change with a move only/ : `cannot move from ${from} to ${to}`);
      expect(await getJob(database(), job.number)).toEqual(job);
    }
  });

  test.each(JOB_STATUSES)("lets a job begin as SCHEDULED only, and this one is to begin as %s", async (status) => {
    const { name, manifestHash } = await makeDeployment(database());
    const insert = database().prisma.$executeRawUnsafe(
      `insert into job (namespace, name, manifest_hash, status) values ('_', '${name}', '${manifestHash}', '${status}')`,
    );
    if (status === "SCHEDULED") await expect(insert).resolves.toBe(1);
    else await expect(insert).rejects.toThrow(`a job starts as SCHEDULED, not ${status}`);
  });

  test.each(ACTIVE_STATUSES)("keeps a job that is %s from being deleted", async (status) => {
    const { job } = await makeJobIn(database(), status);
    const removal = database().prisma.$executeRaw`delete from job where number = ${job.number}`;
    await expect(removal).rejects.toThrow("only an ended job can be removed");
    expect(await getJob(database(), job.number)).toEqual(job);
  });

  test.each(ENDED_STATUSES)("lets a job that is %s be deleted", async (status) => {
    const { job } = await makeJobIn(database(), status);
    expect(await database().prisma.$executeRaw`delete from job where number = ${job.number}`).toBe(1);
  });

  test.each(["version = version + 1", "version = version - 1", "updated_at = now() + interval '1 hour'"])(
    "refuses to set %s without a move",
    async (assignment) => {
      const job = await deploy(database());
      const change = database().prisma.$executeRawUnsafe(`update job set ${assignment} where number = ${job.number}`);
      await expect(change).rejects.toThrow("version and updated_at change with a move only");
    },
  );

  test.each(["version = version", "version = version + 2"])("refuses a move that sets %s", async (assignment) => {
    const job = await deploy(database());
    const change = database().prisma.$executeRawUnsafe(
      `update job set status = 'RUNNING', ${assignment} where number = ${job.number}`,
    );
    await expect(change).rejects.toThrow("a move raises the version by one");
  });

  test("lets everything else change without a move", async () => {
    const job = await deploy(database());
    await database().prisma.$executeRaw`update job set target_block = 7, failures = 2 where number = ${job.number}`;
    expect(await getJob(database(), job.number)).toEqual({ ...job, targetBlock: 7n, failures: 2 });
  });
});
