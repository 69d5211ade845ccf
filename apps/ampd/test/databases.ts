import { createHash, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import pg from "pg";
import { inject } from "vitest";
import { type Database, openDatabase } from "../src/store/database.ts";
import { migrate } from "../src/store/migrate.ts";
import { readMigrations } from "../src/store/schema-engine.ts";

/** Both databases that the product runs on: every store suite runs on each. */
export const DIALECTS = ["pglite", "postgres"] as const;

export type Dialect = (typeof DIALECTS)[number];

/** A migrated PGlite is kept here between processes and runs: making one costs 2 s, loading it half a second. */
const CACHE = resolve(import.meta.dirname, "../node_modules/.cache/ampd-test");
const TEMPLATE_LOCK = 77_001;

/** An empty, migrated database of its own. */
export async function createDatabase(dialect: Dialect): Promise<Database> {
  if (dialect === "pglite") return openDatabase({ kind: "embedded", dump: new Blob([await migratedDump()]) });
  return openDatabase({ kind: "postgres", url: await createMigratedDatabase() });
}

/** An empty PostgreSQL database, not migrated. */
export function createPostgresDatabase(): Promise<string> {
  return withServer(async (client) => {
    const name = newName();
    await client.query(`create database ${name}`);
    return urlOf(name);
  });
}

/** An empty, migrated PostgreSQL database. */
export function createMigratedDatabase(): Promise<string> {
  return withServer(async (client) => {
    const template = `migrated_${await migrationsHash()}`;
    await client.query("select pg_advisory_lock($1)", [TEMPLATE_LOCK]);
    const { rowCount } = await client.query("select from pg_database where datname = $1", [template]);
    if (rowCount === 0) {
      // Made under another name: a template that stands is a whole one.
      const making = newName();
      await client.query(`create database ${making}`);
      const database = await openDatabase({ kind: "postgres", url: urlOf(making) });
      await migrate(database).finally(() => database.close());
      await client.query(`alter database ${making} rename to ${template}`);
    }
    const name = newName();
    await client.query(`create database ${name} template ${template}`);
    return urlOf(name);
  });
}

async function migratedDump(): Promise<Uint8Array<ArrayBuffer>> {
  const file = join(CACHE, `pglite-${await migrationsHash()}.tar`);
  return readDump(file).catch(async () => {
    await makeDump(file);
    return readDump(file);
  });
}

async function readDump(file: string): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await readFile(file));
}

async function makeDump(file: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "ampd-pglite-"));
  try {
    const database = await openDatabase({ kind: "embedded", directory });
    await migrate(database).finally(() => database.close());
    const pglite = await PGlite.create(directory);
    const dump = await pglite.dumpDataDir("none").finally(() => pglite.close());
    await mkdir(CACHE, { recursive: true });
    // Two processes may make it at once.
    const making = `${file}.${randomUUID()}`;
    await writeFile(making, dump.stream());
    await rename(making, file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Names what a migrated database looks like: other migrations or another PGlite make another one. */
async function migrationsHash(): Promise<string> {
  const { migrationDirectories } = await readMigrations();
  const version = await readFile(new URL("../package.json", import.meta.resolve("@electric-sql/pglite")), "utf8");
  return createHash("sha256").update(JSON.stringify(migrationDirectories)).update(version).digest("hex").slice(0, 16);
}

async function withServer<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  return use(client).finally(() => client.end());
}

function newName(): string {
  return `test_${randomUUID().replaceAll("-", "")}`;
}

function urlOf(name: string): string {
  const url = new URL(inject("postgresUrl"));
  url.pathname = `/${name}`;
  return url.href;
}
