import type { SchemaEngine } from "@prisma/schema-engine-wasm";
import { DatabaseUnavailableError, SchemaMismatchError } from "../domain/errors.ts";
import type { Database } from "./database.ts";
import { NO_FILTER, readMigrations, withSchemaEngine } from "./schema-engine.ts";

/**
 * Applies what the database lacks of `prisma/migrations`, in order, recorded in `_prisma_migrations`. Idempotent; two
 * processes at once are safe.
 * @returns the names that were applied now, oldest first
 * @throws SchemaMismatchError when the database is ahead of this program, or a migration failed halfway
 */
export async function migrate(database: Database): Promise<string[]> {
  try {
    return await withSchemaEngine(database.driver, applyMissing);
  } catch (error) {
    if (error instanceof SchemaMismatchError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatabaseUnavailableError(`the database could not be migrated: ${reason}`, {}, { cause: error });
  }
}

async function applyMissing(engine: SchemaEngine): Promise<string[]> {
  const migrationsList = await readMigrations();
  const { history, failedMigrationNames } = await engine.diagnoseMigrationHistory({
    migrationsList,
    optInToShadowDatabase: false,
    filters: NO_FILTER,
  });
  if (failedMigrationNames.length > 0) {
    throw new SchemaMismatchError(`migration ${failedMigrationNames.join(", ")} failed halfway: restore the database`);
  }
  if (history !== null && history.diagnostic !== "databaseIsBehind") {
    const unknown = history.unpersistedMigrationNames.join(", ");
    throw new SchemaMismatchError(
      `the database has migrations that this version of ampd does not know (${unknown}): install the newer ampd`,
    );
  }
  const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: NO_FILTER });
  return appliedMigrationNames;
}
