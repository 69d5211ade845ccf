import type { Database } from "./database.ts";

/** How long the row of a worker that signed off or died is kept for those who look for it. */
const WORKER_KEPT_HOURS = 24;
/** How long a removed job's deploy key still answers. */
const DEPLOY_KEY_KEPT_HOURS = 24;
/** How long a plan that expired still tells that it did. */
const PLAN_KEPT_HOURS = 1;
/** One transaction deletes no more rows than this. */
const BATCH = 5_000;
const MAX_BATCHES = 20;

/**
 * Drops the rows of workers that signed off or died a day ago. Safe at any time, in any number of processes.
 * @returns their node ids
 */
export async function forgetGoneWorkers(database: Database): Promise<string[]> {
  const rows = await database.prisma.$queryRaw<{ nodeId: string }[]>`
    delete from worker
    where greatest(lease_until, coalesce(signed_off_at, lease_until)) < now() - ${WORKER_KEPT_HOURS} * interval '1 hour'
    returning node_id as "nodeId"`;
  return rows.map(({ nodeId }) => nodeId);
}

/**
 * Drops the deploy keys whose job was removed a day ago.
 * @returns how many
 */
export function forgetDeployKeys(database: Database): Promise<number> {
  return database.prisma.$executeRaw`
    delete from deploy_key where removed_at < now() - ${DEPLOY_KEY_KEPT_HOURS} * interval '1 hour'`;
}

/**
 * Drops the plans that expired an hour ago, with what became of their jobs.
 * @returns how many
 */
export function forgetPlans(database: Database): Promise<number> {
  return database.prisma.$executeRaw`
    delete from job_plan where expires_at < now() - ${PLAN_KEPT_HOURS} * interval '1 hour'`;
}

/**
 * Drops events that are older, from the oldest on: what is kept is the whole rest of the log, so that a reader's cursor
 * stands either in it or before it. Drops no more than 100,000 at once: call again.
 * @returns how many
 */
export async function forgetOldEvents(database: Database, retentionMs: number): Promise<number> {
  const { prisma } = database;
  const [bound] = await prisma.$queryRaw<{ before: bigint | null }[]>`
    select coalesce(
      (select min(sequence) from job_event where time >= now() - ${retentionMs} * interval '1 millisecond'),
      (select max(sequence) + 1 from job_event)) as before`;
  const before = bound?.before ?? null;
  let total = 0;
  for (let batch = 0; before !== null && batch < MAX_BATCHES; batch += 1) {
    const [, dropped] = await prisma.$transaction([
      prisma.$queryRaw`select set_config('amp.retention', 'on', true)`,
      prisma.$executeRaw`
        delete from job_event where sequence = any (array(
          select sequence from job_event where sequence < ${before} order by sequence limit ${BATCH}))`,
    ]);
    total += dropped;
    if (dropped < BATCH) break;
  }
  return total;
}
