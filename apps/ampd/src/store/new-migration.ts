/**
 * `npm run migration -- <name>`: writes the SQL that leads from the migrations to `prisma/schema.prisma` into the next
 * migration folder. `-- --check` writes nothing and exits with 1 when there is a difference.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openPGliteDriver } from "./pglite-driver.ts";
import { MIGRATIONS_FOLDER, NO_FILTER, readMigrations, readSchema, withSchemaEngine } from "./schema-engine.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: "boolean" } } });
const name = positionals[0];
if (values.check !== true && (name === undefined || !/^[a-z0-9_]+$/.test(name))) {
  throw new Error(`a migration's name is lower-case letters, digits and '_', not '${name ?? ""}'`);
}

const sql = await pendingSql();
if (values.check === true) {
  process.stdout.write(sql === "" ? "the migrations lead to the schema\n" : `the migrations lack:\n${sql}\n`);
  process.exitCode = sql === "" ? 0 : 1;
} else if (sql === "") {
  process.stdout.write("nothing to do: the migrations lead to the schema\n");
} else {
  const stamp = new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14);
  const folder = join(MIGRATIONS_FOLDER, `${stamp}_${name}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "migration.sql"), sql);
  process.stdout.write(`${join(folder, "migration.sql")}\n`);
}

/** The difference as SQL, computed on a throw-away database; empty when there is none. */
async function pendingSql(): Promise<string> {
  const driver = await openPGliteDriver();
  const [path, content] = await readSchema();
  const migrations = await readMigrations();
  const { stdout } = await withSchemaEngine(driver, (engine) =>
    engine.diff({
      from: { tag: "migrations", ...migrations },
      to: { tag: "schemaDatamodel", files: [{ path, content }] },
      script: true,
      exitCode: null,
      filters: NO_FILTER,
    }),
  );
  await driver.close();
  const script = stdout ?? "";
  return script.includes("This is an empty migration.") ? "" : script;
}
