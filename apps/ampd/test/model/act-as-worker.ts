import { randomUUID } from "node:crypto";
import { claimJobs } from "../../src/store/job-own.ts";
import {
  markDraining,
  registerWorker,
  renewLease,
  signOffWorker,
  type WorkerIdentity,
} from "../../src/store/worker.ts";
import { expireLease } from "../store-fixtures.ts";
import type { Command } from "./command.ts";
import type { World } from "./world.ts";

type WorkerCommand = Extract<Command, { kind: "claim" | "register" | "renew" | "expire" | "signOff" | "drain" }>;

const LEASE_MS = 3_600_000;

/** What a process does that is not about a job it owns. */
export async function actAsWorker(
  { database, storeId }: World,
  command: WorkerCommand,
  worker: WorkerIdentity,
): Promise<string> {
  switch (command.kind) {
    case "claim": {
      const jobs = await claimJobs(database, {
        ...worker,
        storeId: command.isElsewhere ? randomUUID() : storeId,
        limit: command.limit,
      });
      return `claimed ${jobs.map(({ number, attempt }) => `#${number} for the ${attempt}.`).join(", ")}`;
    }
    case "register": {
      const registration = { ...worker, leaseMs: LEASE_MS, capacity: 9, version: "1.0.0", takeOver: command.takeOver };
      return (await registerWorker(database, registration)) ? "registered" : "held";
    }
    case "renew":
      return (await renewLease(database, worker, LEASE_MS)) === undefined ? "replaced" : "renewed";
    case "expire":
      await expireLease(database, worker);
      return "done";
    case "signOff":
      await signOffWorker(database, worker);
      return "done";
    case "drain":
      await markDraining(database, worker);
      return "done";
  }
}
