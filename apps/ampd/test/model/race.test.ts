import fc from "fast-check";
import { expect, test } from "vitest";
import { useDatabase } from "../store-fixtures.ts";
import type { Command } from "./command.ts";
import { expectInvariants } from "./invariants.ts";
import { observe, takeSnapshot, translate } from "./observe.ts";
import { perform } from "./perform.ts";
import { type Model, startModel, type View, viewOf } from "./state.ts";
import { step } from "./step.ts";
import { anyHistory, anyMove, type Wish } from "./wish.ts";
import { type Ground, makeGround, startWorld, type World } from "./world.ts";

const RACES = 300;
const TIMEOUT_MS = 600_000;
const REAP: Command = { kind: "reap" };

const database = useDatabase("postgres");

test(
  "commands that come in one instant end as if they had come one after another",
  async () => {
    const ground = await makeGround(database());
    let races = 0;
    let commands = 0;
    const moves = fc.array(anyMove, { minLength: 2, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(anyHistory, moves, async (history, wishes) => {
        const { world, model } = await prepare(ground, history);
        const racing = wishes.flatMap((wish) => wish(model) ?? []).filter(isFirstPublish);
        if (racing.length < 2) return;
        races += 1;
        commands += racing.length;
        await race(world, model, racing);
      }),
      { numRuns: RACES },
    );
    process.stdout.write(`postgres: ${races} races of ${commands} commands\n`);
    expect(races).toBeGreaterThan(RACES / 2);
  },
  TIMEOUT_MS,
);

/** A worker publishes one segment after another: of two at once the second is refused, and tried again. */
function isFirstPublish({ kind }: Command, index: number, all: readonly Command[]): boolean {
  return kind !== "publish" || all.findIndex((command) => command.kind === "publish") === index;
}

async function prepare(ground: Ground, history: readonly Wish[]): Promise<{ world: World; model: Model }> {
  const world = await startWorld(ground);
  const model = startModel();
  for (const wish of history) {
    const command = wish(model);
    if (command === undefined) continue;
    step(model, command);
    await perform(world, command);
    if (command.kind === "deploy" || command.kind === "retry") observe(world, await takeSnapshot(world));
  }
  return { world, model };
}

type Ending = { readonly answers: readonly string[]; readonly view: View };

async function race(world: World, model: Model, commands: readonly Command[]): Promise<void> {
  const before = await takeSnapshot(world);
  const outcomes = await Promise.all(commands.map((command) => perform(world, command)));
  // A reaper passes over a job that somebody moves just now, and finds it the next time.
  await perform(world, REAP);
  const after = await takeSnapshot(world);
  const view = observe(world, after);
  const answers = outcomes.map((outcome, index) => comparable(commands[index], translate(world, outcome)));
  const story = commands.map((command, index) => `${JSON.stringify(command)}: ${answers[index]}`).join("\n");
  expectInvariants(before, after);
  expect(
    ordersOf(commands).map((order) => endingOf(model, commands, order)),
    story,
  ).toContainEqual({ answers, view });
}

/** What the model says when the commands come in an order of their indexes. */
function endingOf(start: Model, commands: readonly Command[], order: readonly number[]): Ending {
  const model = structuredClone(start);
  const answers: string[] = [];
  for (const index of order) {
    const command = commands[index];
    if (command !== undefined) answers[index] = comparable(command, step(model, command));
  }
  step(model, REAP);
  return { answers, view: viewOf(model) };
}

/** Which of two reapers moved a job does not matter. */
function comparable(command: Command | undefined, answer: string): string {
  return command?.kind === "reap" ? "reaped" : answer;
}

function ordersOf(items: readonly unknown[]): number[][] {
  const extend = (order: number[]): number[][] =>
    order.length === items.length
      ? [order]
      : [...items.keys()].filter((index) => !order.includes(index)).flatMap((index) => extend([...order, index]));
  return extend([]);
}
