import { describe, expect, test } from "vitest";
import { createDatabase, createPostgresDatabase, DIALECTS } from "../../test/databases.ts";
import { SchemaMismatchError } from "../domain/errors.ts";
import { openDatabase } from "./database.ts";
import { migrate, requireSchema } from "./migrate.ts";
import { readMigrations } from "./schema-engine.ts";

describe.each(DIALECTS)("migrations on %s", (dialect) => {
  test("are recorded in _prisma_migrations, and a second run applies nothing", async () => {
    const database = await createDatabase(dialect);
    const { migrationDirectories } = await readMigrations();
    const names = migrationDirectories.map(({ path }) => path);

    const recorded = await database.prisma.$queryRaw<{ migration_name: string }[]>`
      select migration_name from _prisma_migrations where finished_at is not null order by started_at`;
    expect(recorded.map((row) => row.migration_name)).toEqual(names);
    expect(await migrate(database)).toEqual([]);
    await database.close();
  });

  test("of a newer ampd are refused, and named", async () => {
    const database = await createDatabase(dialect);
    await database.prisma.$executeRaw`
      insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
      values ('future', 'x', now(), '29990101000000_future', 1)`;

    const refusal = migrate(database);
    await expect(refusal).rejects.toThrow(SchemaMismatchError);
    await expect(refusal).rejects.toThrow("29990101000000_future");
    await database.close();
  });

  test("are required of a database by those who do not migrate", async () => {
    const database = await createDatabase(dialect);
    await requireSchema(database);
    const { prisma } = database;

    await prisma.$executeRaw`update _prisma_migrations set finished_at = null where migration_name like '%_init'`;
    await expect(requireSchema(database)).rejects.toThrow("20261124000000_init failed halfway: restore the database");

    await prisma.$executeRaw`delete from _prisma_migrations where migration_name like '%_init'`;
    await expect(requireSchema(database)).rejects.toThrow(
      "the database lacks migrations of this version of ampd (20261124000000_init): run `ampd migrate` first",
    );

    await prisma.$executeRaw`
      insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
      values ('future', 'x', now(), '29990101000000_future', 1)`;
    const refusal = requireSchema(database);
    await expect(refusal).rejects.toThrow(SchemaMismatchError);
    await expect(refusal).rejects.toThrow("does not know (29990101000000_future): install the newer ampd");

    await prisma.$executeRaw`drop table _prisma_migrations`;
    await expect(requireSchema(database)).rejects.toThrow("run `ampd migrate` first");
    await database.close();
  });

  test("leave the partial unique indexes that Prisma does not see", async () => {
    const database = await createDatabase(dialect);
    const rows = await database.prisma.$queryRaw<{ indexname: string }[]>`
      select indexname from pg_indexes where indexdef like '%WHERE%' order by indexname`;
    expect(rows.map((row) => row.indexname)).toEqual([
      "dataset_table_one_active_revision",
      "job_ended",
      "job_error_code",
      "job_one_active_per_tables",
      "job_owned",
      "job_retry_of",
      "object_store_unmarked",
      "table_file_not_canonical",
    ]);
    await database.close();
  });
});

test("two processes that migrate one PostgreSQL database at once both succeed", async () => {
  const url = await createPostgresDatabase();
  const databases = await Promise.all([1, 2].map(() => openDatabase({ kind: "postgres", url })));
  const applied = await Promise.all(databases.map((database) => migrate(database)));
  expect(applied.flat()).toHaveLength((await readMigrations()).migrationDirectories.length);
  await Promise.all(databases.map((database) => database.close()));
});

test("a migration leaves no timer that keeps the process alive", async () => {
  const database = await createDatabase("postgres");
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  await migrate(database);
  expect(timers()).toBeLessThanOrEqual(before);
  await database.close();
});
