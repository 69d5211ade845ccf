import { join, resolve } from "node:path";
import type { SettingsOf } from "../config.ts";
import { lockDataFolder } from "../store/data-lock.ts";
import { openDatabase } from "../store/database.ts";
import { migrate } from "../store/migrate.ts";
import { databaseSettings } from "./database-settings.ts";

/** Brings the database to this program's schema and says what it did. */
export async function runMigrate(settings: SettingsOf<"migrate">): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const dataDir = resolve(settings.dataDir);
  if (settings.databaseUrl === undefined) {
    const lock = lockDataFolder(dataDir, { pid: process.pid, role: "migrate", since: new Date() });
    undo.defer(() => lock.release());
  }
  const database = await openDatabase(databaseSettings(settings, join(dataDir, "database")));
  undo.defer(() => database.close());
  const applied = await migrate(database);
  process.stdout.write(
    applied.length === 0 ? "the database is up to date\n" : applied.map((name) => `applied ${name}\n`).join(""),
  );
}
