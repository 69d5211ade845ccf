import DataLoader from "dataloader";
import type { Actor } from "../domain/actor.ts";
import type { TableProgress } from "../domain/table-progress.ts";
import type { JobHub } from "../feed/hub.ts";
import type { Database } from "../store/database.ts";
import { getManifest, type ManifestRow } from "../store/dataset.ts";
import type { JobRow } from "../store/job-row.ts";
import { type LiveRow, liveOf } from "../store/live.ts";
import { progressOf } from "../store/table.ts";
import type { Log } from "../telemetry/log.ts";

/** What the resolvers stand on; one per process. */
export type Services = {
  readonly database: Database;
  readonly hub: JobHub;
  /** This process, as events name it. */
  readonly nodeId: string;
  readonly version: string;
  readonly stopDeadlineMs: number;
};

/** What a door knows of an operation. */
export type Seed = { readonly requestId: string };

/** What a resolver is given; one per operation. */
export type Context = Services & {
  readonly requestId: string;
  readonly actor: Actor;
  readonly log: Log;
  readonly loaders: Loaders;
};

/** Reads that the rows of one answer share. */
export type Loaders = {
  readonly tables: DataLoader<JobRow, TableProgress[]>;
  readonly live: DataLoader<bigint, LiveRow | undefined>;
  readonly manifest: DataLoader<string, ManifestRow>;
};

export function createContext(services: Services, log: Log, seed: Seed): Context {
  return {
    ...services,
    log,
    requestId: seed.requestId,
    actor: { nodeId: services.nodeId, name: null, requestId: seed.requestId },
    loaders: createLoaders(services.database),
  };
}

function createLoaders(database: Database): Loaders {
  return {
    tables: new DataLoader(
      async (jobs) => {
        const progress = await progressOf(database, jobs);
        return jobs.map((job) => progress.get(job.number) ?? []);
      },
      { cache: false },
    ),
    live: new DataLoader(
      async (numbers) => {
        const live = await liveOf(database, numbers);
        return numbers.map((number) => live.get(number));
      },
      { cache: false },
    ),
    manifest: new DataLoader((hashes) => Promise.all(hashes.map((hash) => getManifest(database, hash)))),
  };
}
