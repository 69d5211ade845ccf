import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import type { MigrationList, SchemaEngine } from "@prisma/schema-engine-wasm";
import type { Driver } from "./driver.ts";

/** Where the shape of the database and its history lie, as absolute paths. */
const PRISMA_FOLDER = resolve(import.meta.dirname, "../../../../prisma");
const SCHEMA_FILE = join(PRISMA_FOLDER, "schema.prisma");
export const MIGRATIONS_FOLDER = join(PRISMA_FOLDER, "migrations");

/** Node has it; its type stands in TypeScript's browser library only. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

/** Nothing is hidden from the engine. */
export const NO_FILTER = { externalTables: [], externalEnums: [] };

/** The glue keeps one instance in a module variable: a second one under it would break the first. */
let loading: Promise<typeof import("@prisma/schema-engine-wasm/schema_engine_bg")> | undefined;

/** Runs `use` with Prisma's own schema engine over one of our drivers. */
export async function withSchemaEngine<T>(driver: Driver, use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  loading ??= loadEngine();
  const { SchemaEngine } = await loading;
  const session = driver.openMigrationSession();
  let engine: SchemaEngine | undefined;
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(session.adapterFactory);
    engine = await SchemaEngine.new({ datamodels: [await readSchema()] }, () => {}, adapter);
    return await use(engine);
  } finally {
    engine?.free();
    await session.close();
  }
}

/** By hand: importing the package's entry file prints Node's warning about WebAssembly modules. */
async function loadEngine() {
  const glue = await import("@prisma/schema-engine-wasm/schema_engine_bg");
  const wasmFile = new URL("schema_engine_bg.wasm", import.meta.resolve("@prisma/schema-engine-wasm"));
  const imports = { "./schema_engine_bg.js": withoutLingeringTimers({ ...glue }) };
  const { instance } = await WebAssembly.instantiate(await readFile(wasmFile), imports);
  glue.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start === "function") start();
  return glue;
}

/**
 * The engine gives up on its advisory lock by a timer of 10 s that it never clears: `ampd migrate` would live on for as
 * long (13 s instead of 2, 2026-11-24).
 */
function withoutLingeringTimers(glue: Record<string, unknown>): Record<string, unknown> {
  const [name, start] = Object.entries(glue).find(([key]) => key.startsWith("__wbg_setTimeout_")) ?? [];
  if (name === undefined || typeof start !== "function")
    throw new Error("the schema engine starts its timers otherwise");
  return { ...glue, [name]: (callback: () => void, ms: number): NodeJS.Timeout => start(callback, ms).unref() };
}

/** `[path, content]` of the Prisma schema. */
export async function readSchema(): Promise<[string, string]> {
  return [SCHEMA_FILE, await readFile(SCHEMA_FILE, "utf8")];
}

/** The migrations folder in the engine's words, oldest first. */
export async function readMigrations(): Promise<MigrationList> {
  const entries = await readdir(MIGRATIONS_FOLDER, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const migrationDirectories = await Promise.all(
    names.sort().map(async (path) => {
      const value = await readFile(join(MIGRATIONS_FOLDER, path, "migration.sql"), "utf8");
      return { path, migrationFile: { path: "migration.sql", content: { tag: "ok" as const, value } } };
    }),
  );
  const lockfile = await readFile(join(MIGRATIONS_FOLDER, "migration_lock.toml"), "utf8");
  return {
    baseDir: MIGRATIONS_FOLDER,
    lockfile: { path: "migration_lock.toml", content: lockfile },
    shadowDbInitScript: "",
    migrationDirectories,
  };
}
