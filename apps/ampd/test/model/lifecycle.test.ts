import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../databases.ts";
import { useDatabase } from "../store-fixtures.ts";
import { ALLOWED_MOVES } from "./arrows.ts";
import type { Command } from "./command.ts";
import { arrowsIn, expectEqual, expectInvariants } from "./invariants.ts";
import { observe, takeSnapshot, translate } from "./observe.ts";
import { perform } from "./perform.ts";
import { startModel, viewOf } from "./state.ts";
import { step } from "./step.ts";
import { anyHistory, type Wish } from "./wish.ts";
import { makeGround, startWorld, type World } from "./world.ts";

const RUNS = { pglite: 2_000, postgres: 150 } as const;
const TIMEOUT_MS = 900_000;

/** Answers after which nothing may have changed, not even a time. */
const REFUSED = /Error$|^(unchanged|same|nothing there|held|replaced)$/;

/** What a property's runs did, to see that they got everywhere. */
class Tally {
  runs = 0;
  commands = 0;
  readonly answers = new Map<string, Set<string>>();
  readonly arrows = new Set<string>();

  count({ kind }: Command, answer: string): void {
    this.commands += 1;
    const [word = ""] = answer.split(" ");
    this.answers.set(kind, (this.answers.get(kind) ?? new Set()).add(word));
  }
}

const tally = new Tally();

describe.each(DIALECTS)("the lifecycle on %s", (dialect) => {
  const database = useDatabase(dialect);

  test(
    "is the design's, whatever happens in whatever order",
    async () => {
      const ground = await makeGround(database());
      const before = { runs: tally.runs, commands: tally.commands };
      await fc.assert(
        fc.asyncProperty(anyHistory, async (wishes) => {
          tally.runs += 1;
          await live(await startWorld(ground), wishes, tally);
        }),
        { numRuns: RUNS[dialect] },
      );
      const [runs, commands] = [tally.runs - before.runs, tally.commands - before.commands];
      process.stdout.write(`${dialect}: ${runs} histories, ${commands} commands\n`);
    },
    TIMEOUT_MS,
  );
});

test("the histories went along every arrow, and got every answer", () => {
  expect(tally.arrows).toEqual(new Set(ALLOWED_MOVES.map(([from, to]) => `${from} → ${to}`)));
  expect(Object.fromEntries(tally.answers)).toEqual(ANSWERS);
});

/** Every answer that a command can get; the runs have to have seen them all. */
const LOST = new Set(["done", "OwnershipLostError"]);
const ANSWERS = {
  deploy: new Set(["created", "same", "ActiveJobConflictError", "JobStoppingError"]),
  retry: new Set([
    "created",
    "same",
    "ActiveJobConflictError",
    "JobConflictError",
    "JobNotFoundError",
    "JobStoppingError",
    "VersionConflictError",
  ]),
  stop: new Set(["changed", "unchanged", "JobNotFoundError", "VersionConflictError"]),
  remove: new Set(["removed", "nothing", "JobConflictError", "VersionConflictError"]),
  prune: new Set(["pruned"]),
  claim: new Set(["claimed"]),
  register: new Set(["registered", "held"]),
  renew: new Set(["renewed", "replaced"]),
  expire: new Set(["done"]),
  signOff: new Set(["done"]),
  drain: new Set(["done"]),
  reap: new Set(["reaped"]),
  sweep: new Set(["swept"]),
  passDelay: new Set(["done"]),
  passDeadline: new Set(["done"]),
  take: LOST,
  begin: LOST,
  complete: LOST,
  fail: LOST,
  handOver: LOST,
  finish: LOST,
  retryLater: LOST,
  open: LOST,
  publish: LOST,
  fixTarget: new Set(["target", "OwnershipLostError"]),
};

/** Goes through a history in the model and in the store side by side. */
async function live(world: World, wishes: readonly Wish[], tally: Tally): Promise<void> {
  const model = startModel();
  const done: string[] = [];
  let before = await takeSnapshot(world);
  for (const wish of wishes) {
    const command = wish(model);
    if (command === undefined) continue;
    const expected = step(model, command);
    const answer = await perform(world, command);
    const after = await takeSnapshot(world);
    const view = observe(world, after);
    done.push(`${JSON.stringify(command)}: ${translate(world, answer)}`);
    const story = done.join("\n");
    expect(translate(world, answer), story).toBe(expected);
    expectEqual(view, viewOf(model), story);
    if (REFUSED.test(answer)) expectEqual(after, before, story);
    expectInvariants(before, after);
    tally.count(command, expected);
    before = after;
  }
  for (const arrow of arrowsIn(before)) tally.arrows.add(arrow);
}
