import type { Actor } from "../domain/actor.ts";
import type { Database } from "../store/database.ts";
import { forgetDeployKeys, forgetGoneWorkers, forgetOldEvents, forgetPlans } from "../store/housekeeping.ts";
import { Poll } from "../store/poll.ts";
import { reapJobs } from "../store/reaper.ts";
import type { Log } from "../telemetry/log.ts";

export type HousekeepingSettings = {
  readonly actor: Actor;
  readonly maxAttempts: number;
  /** Absent: events are kept for ever, or another process looks after them. */
  readonly eventRetentionMs?: number | undefined;
};

const REAP_MS = 1_000;
const FORGET_MS = 60_000;

/** What every process does beside its role, safely together with all others: jobs of dead owners, rows whose time is over. */
export function startHousekeeping(database: Database, settings: HousekeepingSettings, log: Log) {
  const { actor, maxAttempts, eventRetentionMs } = settings;
  const reap = async () => {
    for (const job of await reapJobs(database, { maxAttempts }, actor)) {
      log.warn(
        { job: String(job.number), status: job.status },
        "job taken from an owner that is gone, or that did not stop in time",
      );
    }
  };
  const forget = async () => {
    const workers = await forgetGoneWorkers(database);
    const deployKeys = await forgetDeployKeys(database);
    const plans = await forgetPlans(database);
    const events = eventRetentionMs === undefined ? 0 : await forgetOldEvents(database, eventRetentionMs);
    if (workers.length + deployKeys + plans + events > 0)
      log.info({ workers, deployKeys, plans, events }, "old rows dropped");
  };
  const polls = [
    new Poll({ name: "reaper", everyMs: REAP_MS, log, run: reap }),
    new Poll({ name: "housekeeping", everyMs: FORGET_MS, log, run: forget }),
  ];
  for (const poll of polls) poll.start();
  return {
    stop: async () => {
      for (const poll of polls) await poll.stop();
    },
  };
}
