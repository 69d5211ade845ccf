import type { Database } from "./database.ts";
import type { WorkerIdentity } from "./worker.ts";

/** A root of files that the database knows. */
export type StoreRow = {
  /** A UUID: what the marker in the root says. */
  readonly id: string;
  /** As the worker that made it calls it. */
  readonly location: string;
  /** Whether its marker is durable. */
  readonly isMarked: boolean;
  /** Whether its maker has had the time to write the marker, and seems to have died. */
  readonly isOverdue: boolean;
};

const OVERDUE_SECONDS = 10;
/** Longer than any write of a marker takes: whatever of it arrives later names a store that nobody uses. */
const FORGOTTEN_SECONDS = 600;

/** Every store, oldest first. */
export function listStores(database: Database): Promise<StoreRow[]> {
  return database.prisma.$queryRaw<StoreRow[]>`
    select id, location, marked_at is not null as "isMarked",
      created_at < now() - ${OVERDUE_SECONDS} * interval '1 second' as "isOverdue"
    from object_store order by created_at, id`;
}

/**
 * Makes a store the first of the database; does nothing when that knows one. Of workers that do so at once, one is first.
 * A store whose marker was never written, and whose maker is long gone, is forgotten: its place may have been a mistake.
 * @param store.isMarked its marker lies there already, from another database
 */
export async function addFirstStore(
  database: Database,
  store: { readonly id: string; readonly location: string; readonly isMarked: boolean },
): Promise<void> {
  const { id, location, isMarked } = store;
  const { prisma } = database;
  await prisma.$transaction([
    // The partial index stops two unmarked ones; this stops a second one right after the first was marked.
    prisma.$executeRaw`lock table object_store in share row exclusive mode`,
    prisma.$executeRaw`
      delete from object_store where marked_at is null and (location <> ${location} or ${isMarked})
        and created_at < now() - ${FORGOTTEN_SECONDS} * interval '1 second'`,
    prisma.$executeRaw`
      insert into object_store (id, location, marked_at)
      select ${id}::uuid, ${location}, case when ${isMarked} then now() end
      where not exists (select from object_store)`,
  ]);
}

/**
 * The marker is durable. Idempotent.
 * @returns whether the database knows the store
 */
export async function confirmStore(database: Database, id: string): Promise<boolean> {
  const confirmed = await database.prisma.$executeRaw`
    update object_store set marked_at = coalesce(marked_at, now()) where id = ${id}::uuid`;
  return confirmed === 1;
}

/** Tells operators which store a worker sees; null: none that the database knows. Writes only what changes. */
export async function recordStore(database: Database, worker: WorkerIdentity, id: string | null): Promise<void> {
  await database.prisma.$executeRaw`
    update worker set store_id = ${id}::uuid
    where node_id = ${worker.nodeId} and incarnation = ${worker.incarnation}::uuid
      and store_id is distinct from ${id}::uuid`;
}
