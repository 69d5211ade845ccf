import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../telemetry/log.ts";
import type { Database } from "./database.ts";
import { Poll } from "./poll.ts";

export type DatabaseWatchSettings = {
  readonly log: Log;
  /** Told when it changes; the database is taken to answer at first. */
  readonly onChange: (answers: boolean) => void;
  readonly everyMs?: number;
  /** An answer that takes longer is none. */
  readonly timeoutMs?: number;
};

const EVERY_MS = 1_000;
const TIMEOUT_MS = 2_000;

/** Asks the database once a second whether it answers, so that readiness is known and not found out by a request. */
export function watchDatabase(database: Database, settings: DatabaseWatchSettings): Poll {
  const { log, onChange, everyMs = EVERY_MS, timeoutMs = TIMEOUT_MS } = settings;
  let answers = true;
  // One question at a time: while one hangs, the next would only take another connection of the pool.
  let asked: Promise<boolean> | undefined;
  const ask = async () => {
    asked ??= ping(database).finally(() => {
      asked = undefined;
    });
    const isUp = await Promise.race([asked, sleep(timeoutMs, false, { ref: false })]);
    if (isUp === answers) return;
    answers = isUp;
    if (isUp) log.info("the database answers again");
    else log.error("the database does not answer");
    onChange(isUp);
  };
  return new Poll({ name: "database watch", everyMs, log, run: ask });
}

function ping(database: Database): Promise<boolean> {
  return database.prisma.$queryRaw`select 1`.then(
    () => true,
    () => false,
  );
}
