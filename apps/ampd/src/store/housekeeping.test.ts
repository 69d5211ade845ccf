import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { ACTOR, deploy, makeJobIn, startWorker, useDatabase } from "../../test/store-fixtures.ts";
import { forgetDeployKeys, forgetGoneWorkers, forgetOldEvents, forgetPlans } from "./housekeeping.ts";
import { planJobs } from "./job-plan.ts";
import { removeJob } from "./job-remove.ts";
import { signOffWorker } from "./worker.ts";

const HOUR_MS = 3_600_000;

describe.each(DIALECTS)("housekeeping on %s", (dialect) => {
  const database = useDatabase(dialect);

  /** Moves the columns of one worker's row into the past. */
  const age = (nodeId: string, hours: number) =>
    database().prisma.$executeRaw`
      update worker set lease_until = now() - ${hours} * interval '1 hour',
        signed_off_at = case when signed_off_at is null then null else now() - ${hours} * interval '1 hour' end
      where node_id = ${nodeId}`;

  test("drops the rows of workers that died or signed off a day ago, and no others", async () => {
    await startWorker(database(), "alive");
    await signOffWorker(database(), await startWorker(database(), "left-today"));
    for (const [nodeId, hours] of [
      ["died", 25],
      ["died-today", 23],
    ] as const) {
      await startWorker(database(), nodeId);
      await age(nodeId, hours);
    }
    await signOffWorker(database(), await startWorker(database(), "left"));
    await age("left", 25);
    expect((await forgetGoneWorkers(database())).sort()).toEqual(["died", "left"]);
    const rest = (await database().prisma.worker.findMany({ orderBy: { nodeId: "asc" } })).map(({ nodeId }) => nodeId);
    expect(rest).toEqual(["alive", "died-today", "left-today"]);
  });

  test("drops deploy keys a day after their job was removed, and keeps those of jobs that are there", async () => {
    const { prisma } = database();
    for (const [key, hours] of [
      ["kept", null],
      ["fresh", 23],
      ["old", 25],
    ] as const) {
      await prisma.$executeRaw`
        insert into deploy_key (key, input, job_number, removed_at)
        values (${key}, '{}', 1, now() - ${hours}::int * interval '1 hour')`;
    }
    expect(await forgetDeployKeys(database())).toBe(1);
    expect(await prisma.deployKey.findMany({ select: { key: true }, orderBy: { key: "asc" } })).toEqual([
      { key: "fresh" },
      { key: "kept" },
    ]);
  });

  test("drops plans an hour after they expired, with their jobs, and keeps the others", async () => {
    const { prisma } = database();
    const { number } = await deploy(database());
    const expire = async (minutes: number) => {
      const { token } = await planJobs(database(), { action: "STOP", filter: {} }, ACTOR);
      await prisma.$executeRaw`
        update job_plan set expires_at = now() - ${minutes}::int * interval '1 minute' where id = ${token}::uuid`;
      return token;
    };
    const kept = [await expire(-1), await expire(59)].toSorted();
    await expire(61);
    expect(await forgetPlans(database())).toBe(1);
    expect(await forgetPlans(database())).toBe(0);
    const plans = await prisma.jobPlan.findMany({ include: { jobs: true }, orderBy: { id: "asc" } });
    expect(plans.map(({ id }) => id)).toEqual(kept);
    expect(plans.map(({ jobs }) => jobs)).toMatchObject(kept.map(() => [{ jobNumber: number }]));
    expect(await prisma.jobPlanJob.count()).toBe(2);
  });

  test("drops the oldest events up to the first that is young enough, and never one behind it", async () => {
    const { prisma } = database();
    const first = await makeJobIn(database(), "STOPPED");
    await removeJob(database(), { number: first.job.number }, ACTOR);
    await deploy(database());
    const all = await prisma.jobEvent.findMany({ orderBy: { sequence: "asc" } });
    expect(all.length).toBeGreaterThan(4);
    // The clock of the writer's transaction may lie behind that of a later one: the third is old again.
    const [, young] = all;
    await setTimes(all.map(({ id }) => [id, id === young?.id ? 1 : 3]));
    expect(await forgetOldEvents(database(), 2 * HOUR_MS)).toBe(1);
    const rest = await prisma.jobEvent.findMany({ orderBy: { sequence: "asc" } });
    expect(rest.map(({ id }) => id)).toEqual(all.slice(1).map(({ id }) => id));

    await setTimes(rest.map(({ id }) => [id, 3]));
    expect(await forgetOldEvents(database(), 2 * HOUR_MS)).toBe(rest.length);
    expect(await forgetOldEvents(database(), 2 * HOUR_MS)).toBe(0);
  });

  test("is the only one that may delete events", async () => {
    await deploy(database());
    const { prisma } = database();
    await expect(prisma.$executeRaw`delete from job_event`).rejects.toThrow("are kept");
    await expect(prisma.$executeRaw`truncate job_event`).rejects.toThrow("are kept");
    await expect(prisma.$executeRaw`truncate job cascade`).rejects.toThrow("are kept");
    await expect(prisma.jobEvent.deleteMany()).rejects.toThrow("are kept");
    expect(await prisma.jobEvent.count()).toBe(1);
  });

  /** Events cannot be changed, but for this: their trigger is off for the moment. */
  async function setTimes(hoursAgo: readonly (readonly [id: string, hours: number])[]): Promise<void> {
    const { prisma } = database();
    await prisma.$transaction([
      prisma.$executeRaw`alter table job_event disable trigger job_event_append_only`,
      ...hoursAgo.map(
        ([id, hours]) => prisma.$executeRaw`
          update job_event set time = now() - ${hours} * interval '1 hour' where id = ${id}::uuid`,
      ),
      prisma.$executeRaw`alter table job_event enable trigger job_event_append_only`,
    ]);
  }
});
