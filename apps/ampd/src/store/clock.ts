import type { Database } from "./database.ts";

/** The time of the database, which every time in its rows is compared with. */
export async function readClock(database: Database): Promise<Date> {
  const [row] = await database.prisma.$queryRaw<[{ now: Date }]>`select clock_timestamp()::timestamptz(3) as now`;
  return row.now;
}
