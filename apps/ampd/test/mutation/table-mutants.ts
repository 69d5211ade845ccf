import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createVitest, type Vite, type Vitest } from "vitest/node";
import { ARROWS, type Arrow } from "../../src/domain/job.ts";
import { MOVERS, PAIRS } from "../model/arrows.ts";
import type { Mutant } from "./mutant.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const TABLE = resolve(ROOT, "src/domain/job.ts");
const TEST = resolve(ROOT, "src/domain/job.test.ts");
/** The table as it stands in the source. */
const TABLE_TEXT = /export const ARROWS: readonly Arrow\[\] = \[[\s\S]*?\n\];/;

/** Runs the tests of the table of arrows with any table in its place; nothing is written. */
export class TableTests {
  readonly #vitest: Vitest;
  readonly #table: { arrows: readonly Arrow[] };

  private constructor(vitest: Vitest, table: { arrows: readonly Arrow[] }) {
    this.#vitest = vitest;
    this.#table = table;
  }

  static async open(): Promise<TableTests> {
    if (!TABLE_TEXT.test(await readFile(TABLE, "utf8")))
      throw new Error(`the table of arrows is not found in ${TABLE}`);
    const table: { arrows: readonly Arrow[] } = { arrows: ARROWS };
    const plugin: Vite.Plugin = {
      name: "mutate-arrows",
      enforce: "pre",
      transform: (code, id) =>
        id === TABLE
          ? code.replace(TABLE_TEXT, () => `export const ARROWS = ${JSON.stringify(table.arrows)};`)
          : undefined,
    };
    const vitest = await createVitest(
      {
        root: ROOT,
        config: false,
        watch: false,
        reporters: [{}],
        include: ["src/domain/job.test.ts"],
        maxWorkers: 1,
        bail: 1,
        // It would hand out the table of an earlier run.
        fsModuleCache: false,
      },
      { plugins: [plugin] },
    );
    await vitest.standalone();
    return new TableTests(vitest, table);
  }

  /** The name of a test that fails with this table; undefined when all pass. */
  async findFailing(arrows: readonly Arrow[]): Promise<string | undefined> {
    this.#table.arrows = arrows;
    this.#vitest.invalidateFile(TABLE);
    const specification = this.#vitest.getRootProject().createSpecification(TEST);
    const { testModules, unhandledErrors } = await this.#vitest.runTestSpecifications([specification]);
    const [module] = testModules;
    if (module === undefined) throw new Error(`no tests ran: ${unhandledErrors.map(String).join(", ")}`);
    for (const test of module.children.allTests("failed")) return test.fullName;
    return module.ok()
      ? undefined
      : `${module
          .errors()
          .map(({ message }) => message)
          .join(", ")}`;
  }

  close(): Promise<void> {
    return this.#vitest.close();
  }
}

/** Each arrow removed, each of its movers turned about, and each forbidden pair allowed to somebody. */
export function tableMutants(tests: TableTests): Mutant[] {
  return [
    ...ARROWS.map((arrow) =>
      mutantOf(
        `${nameOf(arrow)} removed`,
        ARROWS.filter((other) => other !== arrow),
      ),
    ),
    ...ARROWS.flatMap((arrow) =>
      MOVERS.map((mover) => {
        const isMover = arrow.by.includes(mover);
        const by = isMover ? arrow.by.filter((one) => one !== mover) : [...arrow.by, mover];
        const arrows = ARROWS.map((other) => (other === arrow ? { ...arrow, by } : other));
        return mutantOf(`${nameOf(arrow)} ${isMover ? "not by" : "also by"} ${mover}`, arrows);
      }),
    ),
    ...PAIRS.filter(([from, to]) => !ARROWS.some((arrow) => arrow.from === from && arrow.to === to)).flatMap(
      ([from, to]) =>
        MOVERS.map((mover) => {
          const arrow: Arrow = { from, to, by: [mover], when: "never" };
          return mutantOf(`${nameOf(arrow)} by ${mover}`, [...ARROWS, arrow]);
        }),
    ),
  ];

  function mutantOf(name: string, arrows: readonly Arrow[]): Mutant {
    return { suite: "the table of arrows", name, run: () => tests.findFailing(arrows) };
  }
}

function nameOf({ from, to }: Pick<Arrow, "from" | "to">): string {
  return `${from} → ${to}`;
}
