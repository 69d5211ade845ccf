import type { Database } from "../src/store/database.ts";
import { Prisma } from "../src/store/generated/client.ts";

/** One step of a plan that was run, with what it cost. */
export type PlanStep = {
  readonly type: string;
  readonly index: string | undefined;
  /** Rows that it read or was given, over all its runs. */
  readonly rows: number;
};

type JsonStep = {
  readonly "Node Type": string;
  readonly "Index Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly JsonStep[];
};

/** How the database carries out the raw queries that a store function makes: runs it, then each query once more. */
export async function explain(database: Database, call: (database: Database) => Promise<unknown>): Promise<PlanStep[]> {
  const queries: Prisma.Sql[] = [];
  const prisma = new Proxy(database.prisma, {
    get: (target, property) => {
      if (property !== "$queryRaw") return Reflect.get(target, property);
      return (strings: TemplateStringsArray, ...values: unknown[]) => {
        queries.push(Prisma.sql(strings, ...values));
        return target.$queryRaw(strings, ...values);
      };
    },
  });
  await call({ ...database, prisma });
  const steps: PlanStep[] = [];
  for (const query of queries) {
    const [row] = await database.prisma.$queryRaw<{ "QUERY PLAN": { Plan: JsonStep }[] }[]>(
      Prisma.sql`explain (analyze, format json) ${query}`,
    );
    for (const { Plan } of row?.["QUERY PLAN"] ?? []) steps.push(...stepsOf(Plan));
  }
  return steps;
}

function stepsOf(step: JsonStep): PlanStep[] {
  const rows = (step["Actual Rows"] + (step["Rows Removed by Filter"] ?? 0)) * step["Actual Loops"];
  return [{ type: step["Node Type"], index: step["Index Name"], rows }, ...(step.Plans ?? []).flatMap(stepsOf)];
}
