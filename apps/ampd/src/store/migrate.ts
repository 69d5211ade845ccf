import type { SchemaEngine } from "@prisma/schema-engine-wasm";
import { AmpError, DatabaseUnavailableError, SchemaMismatchError } from "../domain/errors.ts";
import type { Database } from "./database.ts";
import { translateDatabaseError } from "./database-error.ts";
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
    const known = translateDatabaseError(error);
    if (known instanceof AmpError) throw known;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatabaseUnavailableError(`the database could not be migrated: ${reason}`, {}, { cause: error });
  }
}

/**
 * Makes sure that the database has the schema of this program, and changes nothing.
 * @throws SchemaMismatchError when it is behind, ahead, or a migration failed halfway; it says what to do
 */
export async function requireSchema(database: Database): Promise<void> {
  const known = (await readMigrations()).migrationDirectories.map(({ path }) => path);
  const rows = await readHistory(database);
  refuseHalfway(rows.filter((row) => !row.isFinished).map(({ name }) => name));
  const applied = new Set(rows.map(({ name }) => name));
  refuseUnknown([...applied].filter((name) => !known.includes(name)));
  const missing = known.filter((name) => !applied.has(name));
  if (missing.length === 0) return;
  throw new SchemaMismatchError(
    `the database lacks migrations of this version of ampd (${missing.join(", ")}): run \`ampd migrate\` first`,
  );
}

async function applyMissing(engine: SchemaEngine): Promise<string[]> {
  const migrationsList = await readMigrations();
  const { history, failedMigrationNames } = await engine.diagnoseMigrationHistory({
    migrationsList,
    optInToShadowDatabase: false,
    filters: NO_FILTER,
  });
  refuseHalfway(failedMigrationNames);
  if (history !== null && history.diagnostic !== "databaseIsBehind") refuseUnknown(history.unpersistedMigrationNames);
  const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: NO_FILTER });
  return appliedMigrationNames;
}

/** What the engine has recorded; nothing in a database that was never migrated. */
async function readHistory({ prisma }: Database): Promise<{ name: string; isFinished: boolean }[]> {
  const [table] = await prisma.$queryRaw<{ exists: boolean }[]>`
    select to_regclass('_prisma_migrations') is not null as exists`;
  if (table?.exists !== true) return [];
  return prisma.$queryRaw`
    select migration_name as name, finished_at is not null as "isFinished" from _prisma_migrations
    where rolled_back_at is null order by started_at`;
}

function refuseHalfway(names: readonly string[]): void {
  if (names.length === 0) return;
  throw new SchemaMismatchError(`migration ${names.join(", ")} failed halfway: restore the database`);
}

function refuseUnknown(names: readonly string[]): void {
  if (names.length === 0) return;
  throw new SchemaMismatchError(
    `the database has migrations that this version of ampd does not know (${names.join(", ")}): install the newer ampd`,
  );
}
