import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createDatabase } from "../../test/databases.ts";
import { createLog } from "../telemetry/log.ts";
import type { Database } from "./database.ts";
import { watchDatabase } from "./database-watch.ts";

const log = createLog({ level: "silent", destination: { write: () => {} } });

/** A database whose answers are `refuse`d or held back, as the test says. */
function unreliable(database: Database) {
  const state: { mode: "answer" | "refuse" | "hang"; asked: number } = { mode: "answer", asked: 0 };
  const { promise: never } = Promise.withResolvers<never>();
  const $queryRaw = (...args: Parameters<typeof database.prisma.$queryRaw>) => {
    state.asked += 1;
    if (state.mode === "refuse") return Promise.reject(new Error("refused"));
    return state.mode === "hang" ? never : database.prisma.$queryRaw(...args);
  };
  const prisma = new Proxy(database.prisma, {
    get: (target, name) => (name === "$queryRaw" ? $queryRaw : Reflect.get(target, name)),
  });
  return { state, database: { ...database, prisma } };
}

test("a database that refuses or hangs is told once, and so is its return", async () => {
  const real = await createDatabase("pglite");
  const { state, database } = unreliable(real);
  const heard: boolean[] = [];
  let wake = () => {};
  const onChange = (answers: boolean) => {
    heard.push(answers);
    wake();
  };
  const next = () => new Promise<void>((resolve) => (wake = resolve));
  const watch = watchDatabase(database, { log, onChange, everyMs: 5, timeoutMs: 50 });
  watch.start();

  let change = next();
  state.mode = "refuse";
  await change;
  change = next();
  state.mode = "answer";
  await change;
  change = next();
  state.mode = "hang";
  await change;
  expect(heard).toEqual([false, true, false]);

  // The question that hangs is the only one: the pool is not used up.
  const { asked } = state;
  await sleep(150);
  expect(state.asked).toBe(asked);
  await watch.stop();
  await real.close();
});
