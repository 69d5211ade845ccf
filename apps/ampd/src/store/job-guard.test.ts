import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../test/databases.ts";
import { GUARD_RULES } from "../../test/model/guard-rules.ts";
import { useDatabase } from "../../test/store-fixtures.ts";

describe.each(DIALECTS)("the guard of jobs on %s keeps, whoever writes,", (dialect) => {
  const database = useDatabase(dialect);

  test.each(GUARD_RULES)("that $name", async ({ check }) => {
    await expect(check(database())).resolves.toBeUndefined();
  });
});
