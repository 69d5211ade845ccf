import type { Driver } from "./driver.ts";
import { PrismaClient } from "./generated/client.ts";
import { openPGliteDriver } from "./pglite-driver.ts";
import { openPostgresDriver, type PostgresSettings } from "./postgres-driver.ts";

/** An open database. Every store function takes one as its first argument. */
export type Database = {
  readonly driver: Driver;
  readonly prisma: PrismaClient;
  close(): Promise<void>;
};

export type DatabaseSettings =
  | { readonly kind: "embedded"; readonly directory?: string; readonly dump?: Blob }
  | ({ readonly kind: "postgres" } & PostgresSettings);

/**
 * Opens the embedded database or a PostgreSQL server; migrates nothing.
 * @throws DatabaseUnavailableError
 */
export async function openDatabase(settings: DatabaseSettings): Promise<Database> {
  const driver =
    settings.kind === "embedded"
      ? await openPGliteDriver(settings.directory, settings.dump)
      : await openPostgresDriver(settings);
  const prisma = new PrismaClient({ adapter: driver.adapterFactory });
  return {
    driver,
    prisma,
    close: async () => {
      await prisma.$disconnect();
      await driver.close();
    },
  };
}

const QUERIES_PER_LEASE = 3;

/**
 * A way of its own into a worker's database, for its lease alone: one connection that no job's traffic holds up, and calls
 * that fail early enough to be tried again within the lease. The embedded database has one way in, which is this one too.
 * @throws DatabaseUnavailableError
 */
export async function openLeaseDatabase(
  database: Database,
  settings: DatabaseSettings,
  leaseMs: number,
): Promise<Database> {
  if (settings.kind === "embedded") return { ...database, close: async () => {} };
  return openDatabase({ ...settings, maxConnections: 1, queryTimeoutMs: Math.floor(leaseMs / QUERIES_PER_LEASE) });
}
