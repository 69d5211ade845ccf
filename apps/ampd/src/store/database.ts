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
