import type { Database } from "./database.ts";
import { Prisma } from "./generated/client.ts";
import type { NamePage } from "./name-page.ts";
import { WORKER_COLUMNS, type WorkerRow } from "./worker.ts";

/** A page of the workers by node id, in that order whatever the direction of reading. */
export async function pageWorkers(database: Database, page: NamePage<string>): Promise<WorkerRow[]> {
  const { limit, after, before, fromEnd = false } = page;
  const rows = await database.prisma.$queryRaw<WorkerRow[]>`
    select ${WORKER_COLUMNS} from worker
    where ${after === undefined ? Prisma.sql`true` : Prisma.sql`node_id > ${after}`}
      and ${before === undefined ? Prisma.sql`true` : Prisma.sql`node_id < ${before}`}
    order by node_id ${fromEnd ? Prisma.sql`desc` : Prisma.sql`asc`} limit ${limit}`;
  return fromEnd ? rows.reverse() : rows;
}

export function countWorkers(database: Database): Promise<number> {
  return database.prisma.worker.count();
}

/** Those of the workers that there are, in any order. */
export function findWorkers(database: Database, nodeIds: readonly string[]): Promise<WorkerRow[]> {
  return database.prisma.$queryRaw<WorkerRow[]>`
    select ${WORKER_COLUMNS} from worker where node_id = any (${nodeIds}::text[])`;
}
