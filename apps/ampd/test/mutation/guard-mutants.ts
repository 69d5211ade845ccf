import { type Database, openDatabase } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";
import { readMigrations } from "../../src/store/schema-engine.ts";
import { ENDED, moversOf, PAIRS, STATUSES } from "../model/arrows.ts";
import { GUARD_RULES } from "../model/guard-rules.ts";
import { type Mutant, replaceOnce } from "./mutant.ts";

const GUARD = /CREATE (?:OR REPLACE )?FUNCTION "job_guard"\(\)[\s\S]*?\nEND \$\$/g;

/** A database of its own, whose guard is replaced again and again. */
export class GuardTests {
  readonly #database: Database;
  /** The function as the migrations leave it. */
  readonly sql: string;

  private constructor(database: Database, sql: string) {
    this.#database = database;
    this.sql = sql;
  }

  static async open(): Promise<GuardTests> {
    const { migrationDirectories } = await readMigrations();
    const sql = migrationDirectories
      .flatMap(({ migrationFile }) =>
        migrationFile.content.tag === "ok" ? [...migrationFile.content.value.matchAll(GUARD)] : [],
      )
      .at(-1)?.[0];
    if (sql === undefined) throw new Error("no migration makes the guard of jobs");
    const database = await openDatabase({ kind: "embedded" });
    await migrate(database);
    return new GuardTests(database, sql);
  }

  /** The name of a rule that this guard does not keep; undefined when it keeps them all. */
  async findBroken(sql: string): Promise<string | undefined> {
    await this.#database.prisma.$executeRawUnsafe(sql.replace(/^CREATE (?:OR REPLACE )?/, "CREATE OR REPLACE "));
    for (const { name, check } of GUARD_RULES) {
      try {
        await check(this.#database);
      } catch {
        return name;
      }
    }
    return undefined;
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** Each pair turned about, and every other condition of the guard weakened. */
export function guardMutants(tests: GuardTests): Mutant[] {
  const { sql } = tests;
  return [
    ...PAIRS.map(([from, to]) => {
      const isAllowed = moversOf(from, to).length > 0;
      return mutantOf(
        `${from} → ${to} ${isAllowed ? "refused" : "allowed"}`,
        isAllowed ? refuse(from, to) : allow(from, to),
      );
    }),
    ...STATUSES.filter((status) => status !== "SCHEDULED").map((status) =>
      mutantOf(
        `a start as ${status} allowed`,
        replaceOnce(sql, `NEW."status" <> 'SCHEDULED'`, `NEW."status" NOT IN ('SCHEDULED', '${status}')`),
      ),
    ),
    ...STATUSES.filter((status) => !ENDED.includes(status)).map((status) =>
      mutantOf(`the removal of a ${status} job allowed`, withRemovable([...ENDED, status])),
    ),
    ...ENDED.map((status) =>
      mutantOf(`the removal of a ${status} job refused`, withRemovable(ENDED.filter((other) => other !== status))),
    ),
    mutantOf("another version without a move allowed", replaceOnce(sql, `NEW."version" <> OLD."version" OR `, "")),
    mutantOf(
      "another updated_at without a move allowed",
      replaceOnce(sql, ` OR NEW."updated_at" <> OLD."updated_at"`, ""),
    ),
    mutantOf("a move that skips a version allowed", withVersionRefused("<")),
    mutantOf("a move that leaves the version allowed", withVersionRefused(">")),
  ];

  function mutantOf(name: string, mutated: string): Mutant {
    return { suite: "the guard of jobs", name, run: () => tests.findBroken(mutated) };
  }

  function refuse(from: string, to: string): string {
    // Equal statuses never come as far as to the list.
    return replaceOnce(sql, `('${from}', '${to}')`, "('FAILED', 'FAILED')");
  }

  function allow(from: string, to: string): string {
    const first = "('SCHEDULED', 'RUNNING')";
    const allowed = replaceOnce(sql, first, `${first}, ('${from}', '${to}')`);
    if (from !== to) return allowed;
    const unmoved = `IF NEW."status" = OLD."status" THEN`;
    return replaceOnce(allowed, unmoved, `IF NEW."status" = OLD."status" AND OLD."status" <> '${from}' THEN`);
  }

  function withVersionRefused(operator: "<" | ">"): string {
    return replaceOnce(sql, `NEW."version" <> OLD."version" + 1`, `NEW."version" ${operator} OLD."version" + 1`);
  }

  function withRemovable(statuses: readonly string[]): string {
    return replaceOnce(
      sql,
      "('COMPLETED', 'STOPPED', 'FAILED')",
      `(${statuses.map((status) => `'${status}'`).join(", ")})`,
    );
  }
}
