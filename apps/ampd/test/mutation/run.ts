import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ARROWS } from "../../src/domain/job.ts";
import { GuardTests, guardMutants } from "./guard-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { TableTests, tableMutants } from "./table-mutants.ts";

/**
 * Breaks the state machine in every way that there is, first in the table of arrows, then in the database's trigger, and
 * requires that a test notices each. Ends with 1 when one does not.
 */
const REPORT = resolve(import.meta.dirname, "../../test-report-mutation.json");

type Result = { readonly mutant: Mutant; readonly killer: string | undefined };

const print = (line: string) => process.stdout.write(`${line}\n`);

async function runAll(mutants: readonly Mutant[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const mutant of mutants) {
    const killer = await mutant.run();
    if (killer === undefined) print(`survived: ${mutant.suite}: ${mutant.name}`);
    results.push({ mutant, killer });
  }
  return results;
}

async function runTable(): Promise<Result[]> {
  const tests = await TableTests.open();
  try {
    // What fails anyway notices nothing.
    requireSound(await tests.findFailing(ARROWS));
    return await runAll(tableMutants(tests));
  } finally {
    await tests.close();
  }
}

async function runGuard(): Promise<Result[]> {
  const tests = await GuardTests.open();
  try {
    requireSound(await tests.findBroken(tests.sql));
    return await runAll(guardMutants(tests));
  } finally {
    await tests.close();
  }
}

function requireSound(failing: string | undefined): void {
  if (failing !== undefined) throw new Error(`fails without a mutant: ${failing}`);
}

/** In the words of vitest's report, one test per mutant. */
function reportOf(results: readonly Result[]): object {
  const killed = results.filter(({ killer }) => killer !== undefined).length;
  return {
    numTotalTests: results.length,
    numPassedTests: killed,
    numFailedTests: results.length - killed,
    numPendingTests: 0,
    numTodoTests: 0,
    success: killed === results.length,
    testResults: [...new Set(results.map(({ mutant }) => mutant.suite))].map((suite) => {
      const own = results.filter(({ mutant }) => mutant.suite === suite);
      return {
        name: suite,
        status: own.every(({ killer }) => killer !== undefined) ? "passed" : "failed",
        assertionResults: own.map(({ mutant, killer }) => ({
          ancestorTitles: [suite],
          title: mutant.name,
          fullName: `${suite}: ${mutant.name}`,
          status: killer === undefined ? "failed" : "passed",
          failureMessages: killer === undefined ? ["no test noticed it"] : [],
        })),
      };
    }),
  };
}

// Side by side: one works in vitest's thread, the other in the database's.
const results = (await Promise.all([runTable(), runGuard()])).flat();
await writeFile(REPORT, JSON.stringify(reportOf(results)));
const killed = results.filter(({ killer }) => killer !== undefined).length;
print(`${results.length} mutants, ${killed} killed`);
process.exitCode = killed === results.length ? 0 : 1;
