import { expect, onTestFinished, test } from "vitest";
import { DatabaseUnavailableError } from "../domain/errors.ts";
import { createLog } from "../telemetry/log.ts";
import { Poll } from "./poll.ts";

type Line = { readonly level: string; readonly msg: string; readonly reason?: string; readonly err?: unknown };

/** A poll that answers its runs as the test says. */
function startPoll(runs: readonly (() => void)[], everyMs = 1) {
  const lines: Line[] = [];
  const done = Promise.withResolvers<void>();
  let at = 0;
  const poll = new Poll({
    name: "test",
    everyMs,
    log: createLog({ level: "debug", destination: { write: (line) => void lines.push(JSON.parse(line)) } }),
    run: async () => {
      const run = runs[at];
      at += 1;
      if (run === undefined) done.resolve();
      run?.();
    },
  });
  poll.start();
  onTestFinished(() => poll.stop());
  return { poll, lines, done: done.promise };
}

const fail = () => {
  throw new DatabaseUnavailableError("the database could not be used");
};

test("an outage is survived, said once without a stack, and its end too", async () => {
  const { poll, lines, done } = startPoll([fail, fail, fail, () => {}, fail]);
  await done;
  await poll.stop();
  expect(lines.map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
    "error: a periodic task failed; it will run again",
    "debug: a periodic task failed; it will run again",
    "debug: a periodic task failed; it will run again",
    "info: a periodic task works again",
    "error: a periodic task failed; it will run again",
    "info: a periodic task works again",
  ]);
  expect(lines[0]).toMatchObject({ poll: "test", reason: "the database could not be used" });
  expect(lines.filter(({ err }) => err !== undefined)).toEqual([]);
});

test("a bug is survived, and told with its stack", async () => {
  const { lines, done } = startPoll([
    () => {
      throw new TypeError("x is undefined");
    },
  ]);
  await done;
  expect(lines[0]?.err).toMatchObject({ type: "TypeError", stack: expect.stringContaining("poll.test.ts") });
});
