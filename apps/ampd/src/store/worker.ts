import { WorkerNotFoundError } from "../domain/errors.ts";
import type { WorkerFacts } from "../domain/worker-fit.ts";
import type { Database } from "./database.ts";
import { Prisma, type Worker } from "./generated/client.ts";

export type WorkerRow = Worker & {
  /** Whether it holds its lease, by the database's clock. */
  readonly isAlive: boolean;
};

export type WorkerIdentity = {
  readonly nodeId: string;
  /** A UUID that the process makes at its start. */
  readonly incarnation: string;
};

export type Registration = WorkerIdentity & {
  readonly leaseMs: number;
  readonly capacity: number;
  readonly version: string;
  /** The caller knows that no other process can have this node id (it holds the data folder's lock). */
  readonly takeOver: boolean;
};

/**
 * Takes the row of a node id, once the lease of an earlier incarnation is over or it has signed off. Idempotent.
 * @returns false while another incarnation holds it: ask again
 */
export async function registerWorker(database: Database, worker: Registration): Promise<boolean> {
  const rows = await database.prisma.$queryRaw<unknown[]>`
    insert into worker (node_id, incarnation, lease_until, capacity, version)
    values (${worker.nodeId}, ${worker.incarnation}::uuid, now() + ${worker.leaseMs} * interval '1 millisecond',
      ${worker.capacity}, ${worker.version})
    on conflict (node_id) do update set incarnation = excluded.incarnation, lease_until = excluded.lease_until,
      heartbeat_at = now(), registered_at = now(), capacity = excluded.capacity, version = excluded.version,
      draining = false, signed_off_at = null
    where ${worker.takeOver} or worker.incarnation = excluded.incarnation or worker.lease_until < now()
      or worker.signed_off_at is not null
    returning node_id`;
  return rows.length === 1;
}

/**
 * Renews the lease by a single-row update.
 * @returns whether somebody wants the worker to drain; undefined when the row is no longer this incarnation's: then the
 *   process must stop writing
 */
export async function renewLease(
  database: Database,
  worker: WorkerIdentity,
  leaseMs: number,
): Promise<{ readonly draining: boolean } | undefined> {
  const [row] = await database.prisma.$queryRaw<{ draining: boolean }[]>`
    update worker set lease_until = now() + ${leaseMs} * interval '1 millisecond', heartbeat_at = now()
    where node_id = ${worker.nodeId} and incarnation = ${worker.incarnation}::uuid and signed_off_at is null
    returning draining`;
  return row;
}

/** From now on it claims nothing. */
export async function markDraining(database: Database, worker: WorkerIdentity): Promise<void> {
  const { nodeId, incarnation } = worker;
  await database.prisma.worker.updateMany({ where: { nodeId, incarnation }, data: { draining: true } });
}

/**
 * Asks a worker to drain; it sees that with its next heartbeat. One that drains already, or is not alive, stays as it is.
 * @throws WorkerNotFoundError
 */
export async function requestDrain(
  database: Database,
  nodeId: string,
): Promise<{ worker: WorkerRow; changed: boolean }> {
  const asked = await database.prisma.$executeRaw`
    update worker set draining = true
    where node_id = ${nodeId} and not draining and signed_off_at is null and lease_until > now()`;
  const worker = await findWorker(database, nodeId);
  if (worker === null) throw new WorkerNotFoundError(nodeId);
  return { worker, changed: asked === 1 };
}

/** The last act of a worker that leaves in good order. Cut to the millisecond: rounded up, the lease would live on for a moment. */
export async function signOffWorker(database: Database, worker: WorkerIdentity): Promise<void> {
  await database.prisma.$executeRaw`
    update worker set signed_off_at = date_trunc('milliseconds', now()), lease_until = date_trunc('milliseconds', now())
    where node_id = ${worker.nodeId} and incarnation = ${worker.incarnation}::uuid`;
}

export async function findWorker(database: Database, nodeId: string): Promise<WorkerRow | null> {
  const [row] = await database.prisma.$queryRaw<WorkerRow[]>`
    select ${WORKER_COLUMNS} from worker where node_id = ${nodeId}`;
  return row ?? null;
}

/** Every worker with the number of jobs that it has, in one read. */
export function listWorkerFacts(database: Database): Promise<WorkerFacts[]> {
  return database.prisma.$queryRaw<WorkerFacts[]>`
    select node_id as "nodeId", incarnation, signed_off_at is null and lease_until > now() as "isAlive", draining,
      capacity, store_id as "storeId", (
        select count(*)::int from job j
        where j.incarnation = w.incarnation and j.status in ('RUNNING', 'STOP_REQUESTED', 'STOPPING')) as running
    from worker w order by node_id`;
}

/** The columns of `worker` under the names of `WorkerRow`. */
export const WORKER_COLUMNS = Prisma.raw(`
  node_id as "nodeId", incarnation, lease_until as "leaseUntil", heartbeat_at as "heartbeatAt", capacity, version,
  draining, created_at as "createdAt", registered_at as "registeredAt", signed_off_at as "signedOffAt",
  signed_off_at is null and lease_until > now() as "isAlive"`);
