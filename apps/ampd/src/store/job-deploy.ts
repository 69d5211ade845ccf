import type { Actor } from "../domain/actor.ts";
import { type DatasetReference, formatDatasetReference } from "../domain/dataset-reference.ts";
import {
  ActiveJobConflictError,
  DatasetNotFoundError,
  JobConflictError,
  JobStoppingError,
  VersionConflictError,
} from "../domain/errors.ts";
import { isEnded } from "../domain/job.ts";
import type { Database } from "./database.ts";
import { isMissingReference, isRefusal } from "./database-error.ts";
import { resolveDataset } from "./dataset.ts";
import { bindDeployKey, type DeployKey, findKeyedJob, takeDeployKey } from "./deploy-key.ts";
import { Prisma } from "./generated/client.ts";
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

/** What a client asks to run: a dataset at a revision that is resolved now, and how. */
export type DeployRequest = Omit<Deployment, "namespace" | "name" | "manifestHash" | "retryOf"> & {
  readonly reference: DatasetReference;
  /** The same key answers with the same job. */
  readonly idempotencyKey?: string | undefined;
};

export type Deployed = {
  readonly job: JobRow;
  /** False when the job was there before. */
  readonly created: boolean;
};

const MAX_TRIES = 5;

/**
 * Schedules a job of what the reference means now, or returns the active one when it is equal. With a key that has its
 * job, that one is returned, whatever the reference means by now and whatever became of the job.
 * @throws DatasetNotFoundError
 * @throws IdempotencyConflictError when the key was used for other input
 * @throws ActiveJobConflictError, JobStoppingError, JobConflictError as `deployJob`
 */
export async function deployDataset(database: Database, request: DeployRequest, actor: Actor): Promise<Deployed> {
  const { reference, idempotencyKey, ...settings } = request;
  const key =
    idempotencyKey === undefined
      ? undefined
      : { key: idempotencyKey, input: { dataset: formatDatasetReference(reference), ...settings } };
  const keyed = key && (await findKeyedJob(database, key));
  if (keyed !== undefined) return { job: keyed, created: false };
  const { namespace, name } = reference;
  const { hash: manifestHash } = await resolveDataset(database, reference);
  return deployJob(database, { namespace, name, manifestHash, ...settings }, actor, key);
}

/**
 * Schedules a job, or returns the active one when it is equal.
 * @param key answers with the job from now on, or with the one that it has already
 * @throws DatasetNotFoundError when nobody registered the manifest under the dataset's name
 * @throws ActiveJobConflictError when an active job of the same tables has other settings
 * @throws JobStoppingError when one is on its way to a stop
 * @throws IdempotencyConflictError when the key was used for other input
 * @throws JobConflictError when jobs of the same tables come and go too fast
 */
export async function deployJob(
  database: Database,
  deployment: Deployment,
  actor: Actor,
  key?: DeployKey,
): Promise<Deployed> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
    const created = await insertJob(database, { deployment, actor, key });
    if (created !== undefined) return { job: created, created: true };
    // In this order: what is active may have got the key from a deploy that ran beside this one.
    const active = await findActiveJob(database, deployment);
    const keyed = key && (await findKeyedJob(database, key));
    if (keyed !== undefined) return { job: keyed, created: false };
    // Without any, the active job ended between the two statements: schedule again.
    if (active === undefined) continue;
    const equal = requireEqual(active, deployment);
    const job = key === undefined ? equal : await bindDeployKey(database, key, equal.number);
    if (job !== undefined) return { job, created: false };
  }
  throw new JobConflictError(`dataset '${referenceOf(deployment)}' changes too fast to be deployed: try again`);
}

type Insertion = { readonly deployment: Deployment; readonly actor: Actor; readonly key: DeployKey | undefined };

/**
 * Makes the job and takes its key in one statement.
 * @returns undefined when there is an active job or the key is taken: then neither is done
 */
async function insertJob(database: Database, { deployment, actor, key }: Insertion): Promise<JobRow | undefined> {
  const next = Prisma.sql`
    select nextval(pg_get_serial_sequence('job', 'number')) as number where not exists (
      select from job where ${isActiveOf(deployment)})`;
  const taken = key === undefined ? next : takeDeployKey(key, Prisma.sql`(${next}) next`);
  const wanted = Prisma.sql`
    select number, ${deployment.namespace}, ${deployment.name}, ${deployment.manifestHash}, ${deployment.endBlock},
      ${deployment.parallelism}, ${deployment.verify}, ${deployment.nodeSelector}, ${deployment.retryOf ?? null}
    from taken`;
  try {
    const [row] = await database.prisma.$queryRaw<(JobRow | { readonly number: null })[]>`
      with taken (number) as (${taken}), ${insertedOf(wanted, { actor, reason: null })}
      select ${JOB_COLUMNS} from (
        select amp_require((select count(*) from taken) = (select count(*) from inserted), 'ACTIVE_JOB')
      ) whole left join inserted on true`;
    if (row === undefined || row.number === null) return undefined;
    return row;
  } catch (error) {
    if (isRefusal(error)) return undefined;
    if (isMissingReference(error))
      throw new DatasetNotFoundError(`${referenceOf(deployment)}@${deployment.manifestHash}`);
    throw error;
  }
}

/**
 * Two CTEs: `inserted`, new jobs as `wanted` selects them, except those whose tables have an active job, and `recorded`,
 * their events.
 * @param wanted selects number, namespace, name, manifest_hash, end_block, parallelism, verify, node_selector, retry_of
 */
export function insertedOf(
  wanted: Prisma.Sql,
  { actor, reason }: { readonly actor: Actor; readonly reason: string | null },
): Prisma.Sql {
  return Prisma.sql`inserted as (
      insert into job (number, namespace, name, manifest_hash, end_block, parallelism, verify, node_selector, retry_of)
      ${wanted}
      on conflict (namespace, name, manifest_hash)
        where status in ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING') do nothing
      returning *
    ), recorded as (
      insert into job_event (job_number, type, node_id, actor, request_id, reason, detail)
      select number, 'SCHEDULED', ${actor.nodeId}, ${actor.name}, ${actor.requestId}, ${reason}, ${DESCRIPTOR}
      from inserted
    )`;
}

async function findActiveJob(database: Database, deployment: Deployment): Promise<JobRow | undefined> {
  const [job] = await database.prisma.$queryRaw<JobRow[]>`
    select ${JOB_COLUMNS} from job where ${isActiveOf(deployment)}`;
  return job;
}

function isActiveOf({ namespace, name, manifestHash }: Deployment): Prisma.Sql {
  return Prisma.sql`namespace = ${namespace} and name = ${name} and manifest_hash = ${manifestHash}
    and status in ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING')`;
}

function requireEqual(active: JobRow, wanted: Deployment): JobRow {
  const reference = referenceOf(wanted);
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

function referenceOf({ namespace, name }: Deployment): string {
  return `${namespace}/${name}`;
}

export type RetryRequest = { readonly number: bigint; readonly expectedVersion?: number | undefined };

/**
 * Schedules a new job, linked to an ended one, with the same descriptor.
 * @throws JobNotFoundError
 * @throws VersionConflictError when `expectedVersion` does not match
 * @throws JobConflictError when the job has not ended
 * @throws ActiveJobConflictError, JobStoppingError as `deployJob`
 */
export async function retryJob(database: Database, request: RetryRequest, actor: Actor): Promise<Deployed> {
  const { number, expectedVersion } = request;
  const ended = await getJob(database, number);
  if (expectedVersion !== undefined && ended.version !== expectedVersion) {
    throw new VersionConflictError(number, expectedVersion, ended.version);
  }
  if (!isEnded(ended.status)) {
    throw new JobConflictError(`job '${number}' is ${ended.status}: only an ended job can be run again`);
  }
  const { namespace, name, manifestHash, endBlock, parallelism, verify, nodeSelector } = ended;
  const deployment = { namespace, name, manifestHash, endBlock, parallelism, verify, nodeSelector, retryOf: number };
  return deployJob(database, deployment, actor);
}
