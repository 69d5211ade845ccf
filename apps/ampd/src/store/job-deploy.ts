import type { Actor } from "../domain/actor.ts";
import { ActiveJobConflictError, JobConflictError, JobStoppingError } from "../domain/errors.ts";
import { ACTIVE_STATUSES, isEnded } from "../domain/job.ts";
import type { Database } from "./database.ts";
import { getJob } from "./job-read.ts";
import { DESCRIPTOR, JOB_COLUMNS, type JobRow } from "./job-row.ts";

/** What to run: a pinned manifest of a dataset, and how. */
export type Deployment = {
  readonly namespace: string;
  readonly name: string;
  readonly manifestHash: string;
  readonly endBlock: string | null;
  readonly parallelism: number;
  readonly verify: boolean;
  readonly nodeSelector: string | null;
  /** The ended job that this one runs again. */
  readonly retryOf?: bigint | null;
};

const MAX_TRIES = 5;

/**
 * Schedules a job, or returns the active one when it is equal.
 * @throws ActiveJobConflictError when an active job of the same tables has other settings
 * @throws JobStoppingError when one is on its way to a stop
 */
export async function deployJob(
  database: Database,
  deployment: Deployment,
  actor: Actor,
): Promise<{ job: JobRow; created: boolean }> {
  for (let attempt = 1; ; attempt += 1) {
    const created = await insertJob(database, deployment, actor);
    if (created !== undefined) return { job: created, created: true };
    const active = await findActiveJob(database, deployment);
    if (active !== undefined) return { job: requireEqual(active, deployment), created: false };
    // The active job ended between the two statements: schedule again.
    if (attempt === MAX_TRIES) throw new JobStoppingError(0n, `${deployment.namespace}/${deployment.name}`);
  }
}

async function insertJob(database: Database, deployment: Deployment, actor: Actor): Promise<JobRow | undefined> {
  const [job] = await database.prisma.$queryRaw<JobRow[]>`
    with inserted as (
      insert into job (namespace, name, manifest_hash, end_block, parallelism, verify, node_selector, retry_of)
      values (${deployment.namespace}, ${deployment.name}, ${deployment.manifestHash}, ${deployment.endBlock},
        ${deployment.parallelism}, ${deployment.verify}, ${deployment.nodeSelector},
        ${deployment.retryOf ?? null})
      on conflict (namespace, name, manifest_hash)
        where status in ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING') do nothing
      returning *
    ), recorded as (
      insert into job_event (job_number, type, node_id, actor, request_id, detail)
      select number, 'SCHEDULED', ${actor.nodeId}, ${actor.name}, ${actor.requestId}, ${DESCRIPTOR} from inserted
    )
    select ${JOB_COLUMNS} from inserted`;
  return job;
}

async function findActiveJob(database: Database, deployment: Deployment): Promise<JobRow | undefined> {
  const [job] = await database.prisma.$queryRaw<JobRow[]>`
    select ${JOB_COLUMNS} from job
    where namespace = ${deployment.namespace} and name = ${deployment.name}
      and manifest_hash = ${deployment.manifestHash}
      and status = any (${ACTIVE_STATUSES}::text[]::job_status[])`;
  return job;
}

function requireEqual(active: JobRow, wanted: Deployment): JobRow {
  const reference = `${wanted.namespace}/${wanted.name}`;
  if (active.status === "STOP_REQUESTED" || active.status === "STOPPING") {
    throw new JobStoppingError(active.number, reference);
  }
  const isEqual =
    active.endBlock === wanted.endBlock &&
    active.parallelism === wanted.parallelism &&
    active.verify === wanted.verify &&
    active.nodeSelector === wanted.nodeSelector;
  if (!isEqual) throw new ActiveJobConflictError(active.number, reference);
  return active;
}

/**
 * Schedules a new job, linked to an ended one, with the same descriptor.
 * @throws JobNotFoundError
 * @throws JobConflictError when the job has not ended
 * @throws ActiveJobConflictError, JobStoppingError as `deployJob`
 */
export async function retryJob(
  database: Database,
  number: bigint,
  actor: Actor,
): Promise<{ job: JobRow; created: boolean }> {
  const ended = await getJob(database, number);
  if (!isEnded(ended.status)) {
    throw new JobConflictError(`job '${number}' is ${ended.status}: only an ended job can be run again`);
  }
  const { namespace, name, manifestHash, endBlock, parallelism, verify, nodeSelector } = ended;
  const deployment = { namespace, name, manifestHash, endBlock, parallelism, verify, nodeSelector, retryOf: number };
  return deployJob(database, deployment, actor);
}
